using AllData.Events;
using AllData.Intervals;
using static AllData.Remote.Conformance.BrokenPromiseException;

namespace AllData.Remote.Conformance;

/// <summary>What a client keeps whose peers take blocks and say nothing of them: the other calls are refused, never answered with nothing.</summary>
internal sealed class PutOnlyChecks(PeerClientSubject subject, SampleBlocks blocks)
{
    private IReplica Replica => subject.Client.Connect(subject.Peer, subject.Address);

    public IEnumerable<(string Promise, Func<Task> Check)> All() => [("What cannot be asked is refused", RefuseAsync)];

    private async Task RefuseAsync()
    {
        var stop = CancellationToken.None;
        var calls = new (string Name, Func<Task> Make)[]
        {
            ("LookUp", () => Replica.LookUpAsync([blocks.UnusedKey()])),
            ("LookUpToPut", () => Replica.LookUpToPutAsync(new([], [blocks.UnusedKey()]))),
            ("JudgeKeys", () => Replica.JudgeKeysAsync([blocks.UnusedKey()])),
            ("Read", () => Replica.ReadAsync(blocks.UnusedKey())),
            ("GetLowWatermark", () => Replica.GetLowWatermarkAsync()),
            ("ReadClock", () => Replica.ReadClockAsync()),
            ("GetNumbers", () => Replica.GetNumbersAsync(Interval.Containing(UnixMinute.First, TimeSpan.FromDays(1)), stop)),
            ("GetChanges", () => Replica.GetChangesAsync(default, stop)),
            ("ReadBuckets", () => Replica.ReadBucketsAsync(new(UnixMinute.First, UnixMinute.First.Next(), 1), stop)),
            ("ReadCopysets", () => Replica.ReadCopysetsAsync(UnixMinute.First, UnixMinute.First.Next(), stop)),
            ("ListBlocks", () => Replica.ListBlocksAsync(new(UnixMinute.First, [], null, 1), stop)),
            ("FetchBlocks", () => Replica.FetchBlocksAsync(new(UnixMinute.First, [], 1), stop)),
            ("ReadPage", () => Replica.ReadPageAsync(new(default, blocks.UnusedKey(), [], null, 1), stop)),
        };
        foreach (var (name, make) in calls)
        {
            await ThrowUnlessAsync<NotSupportedException>(name, make);
        }
    }
}
