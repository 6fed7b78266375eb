using AllData.Configuration;
using AllData.Events;
using AllData.Intervals;
using AllData.Replication;
using AllData.Storage.Replica;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace AllData.Tests.Unit.Storage;

/// <summary>A disk that is nearly full: blocks are refused before a write fails, and taken again when there is room.</summary>
public sealed class FreeSpaceTests : IDisposable
{
    private const long Gigabyte = 1L << 30;

    private readonly SqliteEngineHarness _harness = new();
    private readonly SteppedTime _time = new(DateTimeOffset.UnixEpoch);
    private DiskSpace _disk = new(100 * Gigabyte, 1_000 * Gigabyte);

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task A_store_below_its_limit_refuses_puts_and_repair_and_takes_both_again_when_there_is_room()
    {
        await using var store = OpenStore(Open(leastFree: 800));
        Assert.Equal(AppendStatus.Stored, (await store.AppendAsync(TestBlocks.One(0)).Soon()).Status);

        Measure(free: 799);

        var refused = await store.AppendAsync(TestBlocks.One(1)).Soon();
        Assert.Equal((AppendStatus.ReadOnly, store.AppendRefusal), (refused.Status, refused.Reason));
        Assert.Equal("799 bytes of the disk are free, and AllData:Limits:MinFreeBytes is 800; with 900 blocks are taken again.", refused.Reason);
        Assert.Equal(AppendStatus.ReadOnly, (await store.RestoreAsync(TestBlocks.One(1)).Soon()).Status);
        Assert.False(store.IsReadOnly);

        Measure(free: 900);

        Assert.Null(store.AppendRefusal);
        Assert.Equal(AppendStatus.Stored, (await store.AppendAsync(TestBlocks.One(1)).Soon()).Status);
        Assert.Equal(AppendStatus.Stored, (await store.RestoreAsync(TestBlocks.One(2)).Soon()).Status);
    }

    [Fact]
    public async Task A_store_below_its_limit_is_read_and_closes_intervals()
    {
        await using var store = OpenStore(Open(leastFree: 800));
        await store.AppendAsync(TestBlocks.One(0)).Soon();
        Measure(free: 0);

        var interval = Assert.Single(store.Intervals);
        Assert.Equal(IntervalState.Closed, (await store.CloseIntervalAsync(interval, CancellationToken.None).Soon())!.State);
        Assert.Single(await store.ReadAsync(TestBlocks.Key(0), CancellationToken.None).Soon());
    }

    [Fact]
    public void At_the_limit_itself_a_peer_does_not_come_and_go()
    {
        using var space = Open(leastFree: 800);
        Measure(free: 800);
        Assert.Null(space.Shortage);
        Measure(free: 799);
        Assert.NotNull(space.Shortage);
        Measure(free: 899);
        Assert.NotNull(space.Shortage);
        Measure(free: 900);
        Assert.Null(space.Shortage);
    }

    [Theory]
    [InlineData(50 * Gigabyte, Gigabyte / 2)]
    [InlineData(1_000 * Gigabyte, Gigabyte)]
    public void By_default_a_hundredth_of_the_disk_stays_free_and_a_gigabyte_at_most(long total, long least)
    {
        _disk = new DiskSpace(least - 1, total);
        using var tooLittle = Open(leastFree: null);
        _disk = new DiskSpace(least, total);
        using var enough = Open(leastFree: null);

        Assert.NotNull(tooLittle.Shortage);
        Assert.Null(enough.Shortage);
    }

    [Fact]
    public void A_disk_that_cannot_be_measured_is_not_called_full()
    {
        using var space = new FreeSpace(() => throw new IOException("gone"), 800, _time, NullLogger.Instance);
        Assert.Null(space.Shortage);
    }

    [Fact]
    public void The_disk_of_a_directory_is_measured()
    {
        var disk = DiskSpace.Of(_harness.Path);
        Assert.InRange(disk.FreeBytes, 1, disk.TotalBytes);
    }

    [Fact]
    public void A_negative_limit_is_refused()
    {
        var result = new AllDataOptionsValidator().Validate(null, new AllDataOptions { Limits = { MinFreeBytes = -1 } });
        Assert.Contains(result.Failures!, static f => f.StartsWith("AllData:Limits:MinFreeBytes is -1", StringComparison.Ordinal));
    }

    private FreeSpace Open(long? leastFree) => new(() => _disk, leastFree, _time, NullLogger.Instance);

    private ReplicaStore OpenStore(FreeSpace space) => ReplicaStore.Open(EngineStores.SettingOf(time: _time), _harness.Open, space);

    private void Measure(long free)
    {
        _disk = _disk with { FreeBytes = free };
        _time.Advance(TimeSpan.FromSeconds(1));
    }
}
