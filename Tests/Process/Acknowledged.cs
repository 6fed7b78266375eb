using AllData.Tests.Support;
using Xunit.Abstractions;

namespace AllData.Tests.Processes;

/// <summary>Compares what clients were told with what lies on the peers.</summary>
internal static class Acknowledged
{
    private const int Quorum = 2;

    /// <summary>Every acknowledged event lies, byte for byte, on at least two peers; none lies there in two versions; the buckets are right.</summary>
    public static void AreKept(LoadRecord record, ReplicaCensus census, ITestOutputHelper output)
    {
        var missing = record.Acknowledged
            .Where(told => !census.Events.TryGetValue(told.Key, out var kept) || kept.HoldersOf(told.Value).Count() < Quorum).ToList();
        var versions = census.Events.Where(e => e.Value.Copies.Select(copy => copy.Digest).Distinct().Count() > 1).ToList();
        output.WriteLine(
            $"{record.Acknowledged.Count} acknowledged events, {missing.Count} of them on fewer than {Quorum} peers; {census.Events.Count} events kept "
            + $"in {census.Blocks.Count} blocks, {census.Blocks.Count(census.IsAtHome)} of them exactly where they are meant to be");

        Assert.True(missing.Count == 0, $"{missing.Count} acknowledged events are not on {Quorum} peers, the first: {missing.FirstOrDefault()}");
        Assert.Empty(versions);
        Assert.Empty(census.WrongBuckets);
    }
}
