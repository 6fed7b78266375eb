using System.CommandLine;
using AllData.Batching;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Intervals;
using AllData.Client.Peers;
using AllData.Client.Terminals;
using AllData.Intervals;
using AllData.Peers;

namespace AllData.Client.Scrub;

/// <summary><c>alldata scrub</c>.</summary>
internal sealed class ScrubCommand
{
    /// <summary>Peers scrubbed at a time, at most: each reads its own disk.</summary>
    public const int MaxPeersAtOnce = 8;

    private readonly Option<PeerId?> _peer = new("--peer")
    {
        Description = "Only this peer.",
        CustomParser = static result =>
        {
            if (!PeerId.TryParse(result.Tokens[0].Value, out var peer))
            {
                result.AddError($"'{result.Tokens[0].Value}' is not a peer name.");
            }

            return peer;
        },
    };

    private readonly IntervalOption _interval = new();

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var scrub = new ScrubCommand();
        var command = new Command("scrub", "Makes the peers read and check everything that they hold. It changes nothing.") { scrub._peer };
        command.Add(scrub._interval.Option);
        command.SetGuardedAction(services, global, (parsed, cancellation) => scrub.RunAsync(services, global, parsed, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation)
    {
        await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
        var view = new ClusterView(cluster.Grains, cluster.Caller);
        var interval = await _interval.GetAsync(parsed, () => view.GetIntervalLengthAsync(cancellation));
        var peers = Choose(await new PeerSurvey(cluster.Grains, cluster.Caller).GetPeersAsync(cancellation), parsed.GetValue(_peer));
        var results = await ScrubAsync(services, cluster.Grains, peers, interval, cancellation);
        ScrubOutput.Write(services.Terminal, results, global.IsJson(parsed));
        return results.All(static r => r.Findings == 0 && r.Silent is null) ? ExitCodes.Done : ExitCodes.InDoubt;
    }

    private static IReadOnlyList<PeerId> Choose(IReadOnlyList<PeerId> registered, PeerId? wanted) => wanted is not { } peer
        ? registered
        : registered.Contains(peer)
            ? [peer]
            : throw new UsageException($"No storing peer '{peer}' is registered. There are: {string.Join(", ", registered)}.");

    private static async Task<PeerScrubResult[]> ScrubAsync(
        ClientServices services, IGrainFactory grains, IReadOnlyList<PeerId> peers, Interval? interval, CancellationToken cancellation)
    {
        var results = new PeerScrubResult[peers.Count];
        var progress = new ReadTally(services.Time);
        var scrub = new PeerScrub(grains, new RetryRule(services.Random), services.Terminal, progress, services.Time);
        var options = new ParallelOptions { MaxDegreeOfParallelism = MaxPeersAtOnce, CancellationToken = cancellation };
        await new WorkProgress(services.Terminal, progress.Describe, null, services.Time).ShowAsync(() => Parallel.ForAsync(
            0, peers.Count, options, async (i, _) => results[i] = await scrub.RunAsync(peers[i], interval, cancellation)));
        return results;
    }
}
