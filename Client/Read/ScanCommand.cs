using System.CommandLine;
using AllData.Batching;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Peers;
using AllData.Client.Terminals;
using AllData.Events;
using AllData.Reading;

namespace AllData.Client.Read;

/// <summary><c>alldata scan</c>.</summary>
internal sealed class ScanCommand
{
    private readonly RangeOptionSet _range = new();

    private readonly Option<EventKey?> _after = new("--after")
    {
        Description = "Only keys after this one: to continue a scan that was cut off, its last key; to follow new events, where the last scan says "
            + "that it is safe.",
        CustomParser = KeyParser.Parse<EventKey?>(static key => key),
    };

    private readonly Option<long?> _limit = new("--limit") { Description = "Events, at most. Default: all." };

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var scan = new ScanCommand();
        var command = new Command("scan", "Writes the events of a range as lines of JSON, each once, in the order of their keys.");
        scan._range.AddTo(command);
        scan._limit.RequireRange(1, long.MaxValue);
        command.Add(scan._after);
        command.Add(scan._limit);
        command.SetGuardedAction(services, global, (parsed, cancellation) => scan.RunAsync(services, global, parsed, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation)
    {
        _range.Check(parsed);
        await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
        var topology = new ClusterView(cluster.Grains, cluster.Caller);
        var interval = await _range.GetIntervalAsync(parsed, () => topology.GetIntervalLengthAsync(cancellation));
        var range = _range.GetRange(parsed, interval) with
        {
            After = parsed.GetValue(_after),
            Limit = parsed.GetValue(_limit),
            Scope = _range.GetScope(parsed),
            Topic = _range.GetTopic(parsed),
        };
        var scan = cluster.Grains.CreateEventReader().Scan(range);
        var isWhole = range is { After: null, Limit: null, Topic: null };
        var certificate = isWhole && interval is { } one ? await ScannedCertificate.FindAsync(cluster, one, range.Scope, cancellation) : null;
        await ShowAsync(services, tally => WriteAsync(services.Terminal, scan, certificate, tally, cancellation));
        ScanOutput.Write(services.Terminal, scan, certificate?.Complete(), global.IsJson(parsed));
        return scan.Outcome.IsComplete ? ExitCodes.Done : ExitCodes.InDoubt;
    }

    // A bar would be in the way of events that scroll past, and a progress log would not help anyone.
    private static Task ShowAsync(ClientServices services, Func<ReadTally, Task> work)
    {
        var tally = new ReadTally(services.Time);
        return services.Terminal is { IsInteractive: true, IsOutputWatched: false }
            ? new WorkProgress(services.Terminal, tally.Describe, null, services.Time).ShowAsync(() => work(tally))
            : work(tally);
    }

    private static async Task WriteAsync(
        Terminal terminal, EventScan scan, ScannedCertificate? certificate, ReadTally tally, CancellationToken cancellation)
    {
        var writer = new NdjsonWriter(terminal.JsonLines);
        try
        {
            await foreach (var page in scan.ReadPagesAsync(cancellation).ReadAheadAsync(cancellation))
            {
                writer.Write(page);
                certificate?.Take(page);
                tally.Add(page.Count, page.Records.Length);
            }
        }
        catch (Exception e) when (!ClosedOutput.IsBehind(e))
        {
            // The events read so far are useful: the last key says where to continue.
            writer.Flush();
            throw;
        }

        writer.Flush();
    }
}
