using System.Collections.Immutable;
using AllData.Events;
using AllData.Replication;

namespace AllData.Protocol.Repair;

/// <summary>Buckets that are fetched with the same questions.</summary>
/// <param name="Minutes">The minutes that they lie in.</param>
/// <param name="Copysets">Their copysets.</param>
/// <param name="Buckets">The buckets.</param>
internal sealed record BucketRun(MinuteRange Minutes, ImmutableArray<CopysetId> Copysets, ImmutableArray<BucketSum> Buckets);

/// <summary>
/// How what differs is fetched, so that the number of questions follows from the number of blocks, not from that of the copysets or minutes.
/// </summary>
/// <param name="Walked">Runs that are read page by page as they lie: the peer holds nothing of these buckets, and the other nothing else there.</param>
/// <param name="Listed">Runs whose block ids are compared first.</param>
internal sealed record TransferPlan(ImmutableArray<BucketRun> Walked, ImmutableArray<BucketRun> Listed)
{
    /// <summary>Blocks that are listed together with others and are not wanted, at most, or as many as are wanted: an id costs 48 bytes.</summary>
    public const long MostInVain = 1_024;

    /// <summary>Blocks of a list that is held in memory, before another run begins.</summary>
    public const long MostListed = 65_536;

    // Shorter runs are listed with the rest, if there are many: a question would cost more than the ids.
    private const int MostWalks = 4;
    private const long LeastWalked = 64;

    /// <summary>Plans a transfer.</summary>
    /// <param name="differences">What is missing, in the order of the minutes.</param>
    /// <param name="theirs">All buckets that the other has in these minutes.</param>
    public static TransferPlan Of(IReadOnlyCollection<BucketDifference> differences, IReadOnlyCollection<BucketSum> theirs)
    {
        var whole = differences.SelectMany(static d => d.Whole).ToList();
        var walks = BucketRuns.Form(whole, theirs, static (_, inVain) => inVain == 0);
        var walked = walks.Count <= MostWalks ? walks : walks.FindAll(static w => w.Buckets.Sum(static b => b.Blocks) >= LeastWalked);
        var isWalked = walked.SelectMany(static w => w.Buckets).ToHashSet();
        var listed = differences.SelectMany(static d => d.Differing).Concat(whole.Where(b => !isWalked.Contains(b)));
        return new TransferPlan([.. walked], Lists(listed, theirs));
    }

    /// <summary>The runs that buckets are listed in.</summary>
    /// <param name="wanted">The buckets.</param>
    /// <param name="theirs">All buckets that the other has in these minutes.</param>
    public static ImmutableArray<BucketRun> Lists(IEnumerable<BucketSum> wanted, IReadOnlyCollection<BucketSum> theirs) =>
        [.. BucketRuns.Form(wanted, theirs, static (blocks, inVain) => blocks + inVain <= MostListed && inVain <= Math.Max(blocks, MostInVain))];
}
