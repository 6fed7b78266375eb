using AllData.Batching;
using AllData.Client.Connection;
using AllData.Client.Terminals;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Client.Scrub;

/// <summary>Scrubs one peer, step by step: each step is a call of its own, so that none takes long.</summary>
internal sealed class PeerScrub(IGrainFactory grains, RetryRule rule, Terminal terminal, ReadTally progress, TimeProvider time)
{
    private readonly RetryingCaller _caller = new(rule, time);

    /// <summary>Scrubs everything, or one interval.</summary>
    public async Task<PeerScrubResult> RunAsync(PeerId peer, Interval? interval, CancellationToken cancellation)
    {
        var tally = new ScrubTally(peer, terminal, progress);
        try
        {
            for (var next = Begin(interval); next is not null;)
            {
                var page = await StepAsync(peer, next, cancellation);
                if (interval is not null && page.Interval != interval)
                {
                    break;
                }

                tally.Add(page);
                next = interval is null || page.Next?.Interval == interval ? page.Next : null;
            }

            return tally.ToResult(silent: null);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            return tally.ToResult(FailureText.SentenceOf(e));
        }
    }

    private static ScrubPosition? Begin(Interval? interval) => interval is null ? ScrubPosition.Start : new ScrubPosition(interval, UnixMinute.First);

    private Task<ScrubPage> StepAsync(PeerId peer, ScrubPosition position, CancellationToken cancellation) =>
        _caller.CallAsync(() => grains.GetReplica(peer).Scrub(position), cancellation);
}
