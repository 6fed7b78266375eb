using System.Diagnostics;
using AllData.Batching;
using AllData.Client.Audit;
using AllData.Events;
using AllData.Replication;

namespace AllData.Tests.Support;

/// <summary>What an audit of a running cluster found.</summary>
/// <param name="Blocks">All blocks.</param>
/// <param name="Relaxed">Blocks with enough copies, but not where they are meant to be.</param>
/// <param name="UnderReplicated">Blocks with too few copies.</param>
/// <param name="Silent">Peers that did not answer.</param>
internal sealed record CopyAudit(long Blocks, long Relaxed, long UnderReplicated, int Silent)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Whether every block has all its copies where they are meant to be.</summary>
    public bool IsWell => Relaxed == 0 && UnderReplicated == 0 && Silent == 0;

    /// <summary>Counts all blocks up to a key.</summary>
    public static async Task<CopyAudit> TakeAsync(IGrainFactory grains, EventKey to)
    {
        var tally = new AuditTally();
        await foreach (var page in new AuditReader(grains, new RetryRule(new Random(1)), TimeProvider.System)
            .ReadAsync(new AuditRange(null, to), CancellationToken.None))
        {
            tally.Add(page);
        }

        return new CopyAudit(
            tally.Counts.Sum(static c => c.Blocks),
            tally.Sum(Adherence.Relaxed).Blocks,
            tally.Sum(Adherence.UnderReplicated).Blocks,
            tally.NotAnswering.Length);
    }

    /// <summary>Audits again and again until all is well or the bound has passed; the time it took.</summary>
    public static async Task<(CopyAudit Last, TimeSpan Took)> ConvergesAsync(IGrainFactory grains, TimeSpan bound, Action<string> say)
    {
        // All that was put so far, and nothing beyond: the whole of the present minute.
        var to = UnixMinute.Of(DateTimeOffset.UtcNow).GetEndKey();
        var watch = Stopwatch.StartNew();
        CopyAudit? last = null;
        while (true)
        {
            var audit = await TryTakeAsync(grains, to, say);
            if (audit != last)
            {
                say($"audit after {watch.Elapsed.TotalSeconds:0} s: {audit}");
                last = audit;
            }

            if (audit is { IsWell: true } || watch.Elapsed > bound)
            {
                return (audit ?? new CopyAudit(0, 0, 0, int.MaxValue), watch.Elapsed);
            }

            await Task.Delay(Pause);
        }
    }

    private static async Task<CopyAudit?> TryTakeAsync(IGrainFactory grains, EventKey to, Action<string> say)
    {
        try
        {
            return await TakeAsync(grains, to);
        }
        catch (Exception e)
        {
            say($"an audit failed: {e.Message}");
            return null;
        }
    }
}
