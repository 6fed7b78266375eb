using System.CommandLine;
using AllData.Client.Commands;
using AllData.Client.Peers;
using AllData.Client.Terminals;

namespace AllData.Client.Top;

/// <summary><c>alldata top</c>.</summary>
internal sealed class TopCommand
{
    // A figure of less time says little: a minute's comparison or a flush is as long.
    private static readonly TimeSpan LeastWatch = TimeSpan.FromSeconds(1);

    private readonly Option<bool> _once = new("--once") { Description = "Writes one frame, of a second, and ends. Exit code 4 when a peer does not answer." };

    private readonly Option<int> _every = new("--every")
    {
        Description = "Seconds between two frames.",
        HelpName = "SECONDS",
        DefaultValueFactory = static _ => 2,
    };

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var top = new TopCommand();
        top._every.RequireRange(1, 3_600);
        var command = new Command(
            "top",
            "Shows the peers live: how many events a second they store, what they lack, and how far repair is behind. q or Ctrl+C ends it. With --json a line "
            + "for each frame.") { top._once, top._every };
        command.SetGuardedAction(services, global, (parsed, cancellation) => top.RunAsync(services, global, parsed, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation)
    {
        await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
        var watch = new TopWatch(cluster, new PeerSurvey(cluster.Grains, cluster.Caller), services.Time);
        var isJson = global.IsJson(parsed);
        if (parsed.GetValue(_once))
        {
            var before = await watch.LookAsync(cancellation);
            await Task.Delay(LeastWatch, services.Time, cancellation);
            var frame = TopFrame.Of(before, await watch.LookAsync(cancellation));
            Write(services.Terminal, frame, isJson);
            return frame.AllAnswered ? ExitCodes.Done : ExitCodes.InDoubt;
        }

        var every = TimeSpan.FromSeconds(parsed.GetValue(_every));
        if (isJson || !services.Terminal.IsOutputWatched)
        {
            await watch.RunAsync(every, (frame, failure) => WriteOrSay(services.Terminal, frame, failure, isJson), cancellation);
            return ExitCodes.Done;
        }

        using var view = new TopView(services.Terminal);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var key = view.WaitForEndAsync(services.Time, ended);
        try
        {
            await watch.RunAsync(every, view.Show, ended.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The key.
        }
        finally
        {
            await ended.CancelAsync();
            await key;
        }

        return ExitCodes.Done;
    }

    // The frame before a failure was written.
    private static void WriteOrSay(Terminal terminal, TopFrame frame, string? failure, bool isJson)
    {
        if (failure is null)
        {
            Write(terminal, frame, isJson);
        }
        else
        {
            terminal.Say(failure);
        }
    }

    private static void Write(Terminal terminal, TopFrame frame, bool isJson)
    {
        if (isJson)
        {
            terminal.WriteJson(TopJson.Of(frame));
            return;
        }

        foreach (var line in TopScreen.Lines(frame, terminal.Width))
        {
            terminal.WriteLine(line);
        }
    }
}
