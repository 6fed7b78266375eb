using Spectre.Console;

namespace AllData.Silo.LocalCluster;

/// <summary>What a local cluster shows the person who started it; plain lines if the output is not a terminal.</summary>
/// <param name="console">The terminal.</param>
/// <param name="isPlain">Whether to write lines that a program can read instead.</param>
internal sealed class LocalClusterOutput(IAnsiConsole console, bool isPlain)
{
    private readonly Lock _lock = new();

    /// <summary>For the terminal of this process.</summary>
    public static LocalClusterOutput OfThisProcess() => new(AnsiConsole.Console, Console.IsOutputRedirected);

    public void Line(string text) => Write(text, Style.Plain);

    /// <summary>A line that the user should act on.</summary>
    public void Alarm(string text) => Write(text, new Style(Color.Red));

    /// <summary>A line from a peer.</summary>
    public void Echo(string text) => Write(text, new Style(Color.Yellow));

    /// <summary>Does work that takes a while.</summary>
    /// <param name="what">What the user is waiting for.</param>
    /// <param name="work">The work; it gets a way to show what is still missing.</param>
    public Task<T> WaitAsync<T>(string what, Func<Action<string>, Task<T>> work) => isPlain
        ? work(_ => { })
        : console.Status().StartAsync(what, context => work(text => context.Status(Markup.Escape(text))));

    /// <summary>The peers that run.</summary>
    public void Table(IEnumerable<SupervisedPeer> peers)
    {
        var table = new Table().AddColumns("peer", "pid", "region", "zone", "HTTP", "gateway");
        foreach (var process in peers)
        {
            var peer = process.Peer;
            string[] row =
            [
                peer.Id.Value, $"{process.Pid}", peer.Location.Region, peer.Location.Zone,
                peer.HttpAddress.GetLeftPart(UriPartial.Authority), $"127.0.0.1:{peer.GatewayPort}",
            ];
            table.AddRow(row);
            if (isPlain)
            {
                Line(string.Join('\t', row));
            }
        }

        if (!isPlain)
        {
            console.Write(table);
        }
    }

    private void Write(string text, Style style)
    {
        // Peers print what other programs sent them.
        text = ReadableText.EscapeLines(text);
        lock (_lock)
        {
            if (isPlain)
            {
                // Not through the console: it would break a command at the width of a page.
                console.Profile.Out.Writer.WriteLine(text);
                console.Profile.Out.Writer.Flush();
            }
            else
            {
                console.WriteLine(text, style);
            }
        }
    }
}
