using System.Collections.Immutable;
using AllData.Events;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Silo.Http.Console;

/// <summary>Asks every storing peer of the cluster for a key, some at a time.</summary>
internal sealed class ConsoleExplainer(IConsoleStore store, TimeProvider time)
{
    private const int MaxAtOnce = 32;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Asks, and explains what was answered.</summary>
    public async Task<ConsoleExplanation> ExplainAsync(EventKey key, CancellationToken cancellation)
    {
        var topology = store.Topology;
        PeerId[] peers = [.. topology.Own.Peers.Where(static p => p is { Stores: true, IsPutOnly: false }).Select(static p => p.Id)];
        var replies = new (ImmutableArray<HeldKey> Answer, string? Reason)[peers.Length];
        var options = new ParallelOptions { MaxDegreeOfParallelism = MaxAtOnce, CancellationToken = cancellation };
        await Parallel.ForAsync(0, peers.Length, options, async (i, stop) => replies[i] = topology.Hosted.Contains(peers[i])
            ? await TryAskAsync(peers[i], key, stop)
            : ([], "It was not asked: no silo hosts it."));
        return ConsoleExplanation.Of(
            key, topology,
            [.. peers.Zip(replies).Where(static r => r.Second.Reason is null).Select(static r => (r.First, r.Second.Answer))],
            [.. peers.Zip(replies).Where(static r => r.Second.Reason is not null).Select(static r => (r.First, r.Second.Reason!))]);
    }

    private async Task<(ImmutableArray<HeldKey> Answer, string? Reason)> TryAskAsync(PeerId peer, EventKey key, CancellationToken stop)
    {
        try
        {
            return (await store.LookUpAsync(peer, key).WaitAsync(Patience, time, stop), null);
        }
        catch (TimeoutException)
        {
            return ([], $"It was asked and has not answered within {Patience.TotalSeconds:0} s.");
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            return ([], $"It was asked and failed: {FailureText.SentenceOf(e)}");
        }
    }
}
