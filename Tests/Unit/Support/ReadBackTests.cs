using System.Collections.Immutable;
using AllData.Client.Bench;
using AllData.Events;
using AllData.Reading;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Support;

/// <summary>What a scan gives is compared with what loads were told.</summary>
public sealed class ReadBackTests
{
    private readonly RunRecord _north = new(new NumberedEvents(100, new Random(1)));
    private readonly RunRecord _west = new(new NumberedEvents(100, new Random(2)));
    private readonly List<ScannedEvent> _stored = [];

    [Fact]
    public async Task All_is_exact_when_each_acknowledged_event_is_given_once()
    {
        Put(_north, 0, isAcknowledged: true);
        Put(_west, 0, isAcknowledged: true);
        Put(_west, 1, isAcknowledged: false);
        _stored.Add(new ScannedEvent(FakeScan.Key(77), "{}"u8.ToArray(), false));

        Assert.Equal(new ReadBack(Missing: 0, Doubled: 0, Given: 4, Conflicts: 0, Doubts: 0), await ReadAsync());
        Assert.True((await ReadAsync()).IsExact);
    }

    [Fact]
    public async Task An_acknowledged_event_that_is_not_given_is_missing()
    {
        Put(_north, 0, isAcknowledged: true);
        _north.Acknowledge(1, FakeScan.Key(1));

        var read = await ReadAsync();
        Assert.Equal((1, false), (read.Missing, read.IsExact));
    }

    [Fact]
    public async Task An_event_that_is_given_under_two_keys_is_doubled()
    {
        Put(_west, 0, isAcknowledged: true);
        _stored.Add(new ScannedEvent(FakeScan.Key(500), _stored[0].Payload, false));

        var read = await ReadAsync();
        Assert.Equal((1, 0, false), (read.Doubled, read.Missing, read.IsExact));
    }

    [Fact]
    public async Task A_scan_with_a_doubt_is_not_exact() => Assert.False((await ReadAsync(FakeScan.Doubt("west-c"))).IsExact);

    private void Put(RunRecord load, long number, bool isAcknowledged)
    {
        var key = FakeScan.Key(_stored.Count);
        _stored.Add(new ScannedEvent(key, load.Events.Create(number).Bytes, false));
        if (isAcknowledged)
        {
            load.Acknowledge(number, key);
        }
    }

    private Task<ReadBack> ReadAsync(params ImmutableArray<ScanDoubt> doubts) => ReadBack.ReadAsync(new Reader(_stored, doubts), [_north, _west]);

    private sealed class Reader(List<ScannedEvent> stored, ImmutableArray<ScanDoubt> doubts) : IEventReader
    {
        public Task<EventReadResult> GetAsync(EventKey key, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public EventScan Scan(ScanRange range) => EventScan.Of(stored, range, [.. doubts]);
    }
}
