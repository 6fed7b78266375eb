using AllData.Intervals;
using AllData.Replication;
using AllData.Storage;
using AllData.Storage.Engine;
using AllData.Storage.Replica;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

/// <summary>A peer's promise to take no more puts of an interval of which it may hold nothing.</summary>
public sealed class ClosedPromisesTests : IDisposable
{
    private const long Hour = 3_600_000;

    private static readonly Interval Noon = Interval.Containing(TestBlocks.Noon, TimeSpan.FromHours(1));

    private readonly SqliteEngineHarness _sqlite = new();
    private readonly TemporaryDirectory _directory = new();

    public void Dispose()
    {
        _sqlite.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_promised_interval_takes_no_puts_whether_something_is_held_of_it_or_not_and_repair_may_complete_it()
    {
        var repaired = TestBlocks.One(1);
        await using (var store = Open())
        {
            await store.PromiseClosedAsync(Noon).Soon();
            Assert.Equal(AppendStatus.IntervalNotOpen, (await store.AppendAsync(TestBlocks.One(0)).Soon()).Status);
            Assert.Equal(AppendStatus.Stored, (await store.AppendAsync(TestBlocks.One(Hour)).Soon()).Status);
            Assert.Equal(AppendStatus.Stored, (await store.AppendAsync(TestBlocks.One(-Hour)).Soon()).Status);
            Assert.Equal(AppendStatus.Stored, (await store.RestoreAsync(repaired).Soon()).Status);
            Assert.Equal(AppendStatus.IntervalNotOpen, (await store.AppendAsync(TestBlocks.One(2)).Soon()).Status);
        }

        await using var again = Open();
        Assert.Equal(AppendStatus.IntervalNotOpen, (await again.AppendAsync(TestBlocks.One(2)).Soon()).Status);
        await again.CloseIntervalAsync(Noon, CancellationToken.None).Soon();
        Assert.Equal(AppendStatus.AlreadyStored, (await again.AppendAsync(repaired).Soon()).Status);
        Assert.Equal(AppendStatus.IntervalNotOpen, (await again.AppendAsync(TestBlocks.One(2)).Soon()).Status);
    }

    [Fact]
    public async Task What_waits_to_be_written_is_written_before_the_promise()
    {
        await using var store = Open();
        var waiting = Enumerable.Range(0, 50).Select(i => store.AppendAsync(TestBlocks.One(i))).ToList();
        await store.PromiseClosedAsync(Noon).Soon();
        Assert.All(waiting, static append => Assert.True(append.IsCompleted, "the promise was faster than a put that it had to wait for"));
        Assert.All(await Task.WhenAll(waiting).Soon(), static reply => Assert.Equal(AppendStatus.Stored, reply.Status));
    }

    [Fact]
    public void Promises_of_neighbours_are_one_run_and_promises_that_cannot_be_read_stop_the_start()
    {
        var promises = ClosedPromises.Open(_directory.Path);
        promises.Add(Noon);
        promises.Add(Noon.Next);
        promises.Add(Noon.Next.Next.Next);
        var again = ClosedPromises.Open(_directory.Path);
        Assert.Equal(
            [true, true, false, true, false], new[] { Noon, Noon.Next, Noon.Next.Next, Noon.Next.Next.Next, Noon.Previous }.Select(again.Covers));

        var path = Path.Combine(_directory.Path, ClosedPromises.FileName);
        Assert.Contains($"{Noon.FirstMinute.Value}-{Noon.Next.EndMinute.Value - 1}", File.ReadAllText(path), StringComparison.Ordinal);
        File.WriteAllText(path, "{}");
        Assert.Contains(path, Assert.Throws<ReplicaStoreException>(() => ClosedPromises.Open(_directory.Path)).Message, StringComparison.Ordinal);
    }

    private ReplicaStore Open() =>
        ReplicaStore.Open(EngineStores.SettingOf(), _sqlite.Open, promises: ClosedPromises.Open(_directory.Path));
}
