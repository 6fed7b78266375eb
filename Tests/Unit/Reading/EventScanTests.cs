using AllData.Errors;
using AllData.Events;
using AllData.Reading;
using AllData.Tests.Support;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Reading;

/// <summary>A scan as an application sees it, over silos that fail.</summary>
public sealed class EventScanTests
{
    private readonly FakeScan _events = new FakeScan { PageEvents = 3 }.AddMany(10);
    private readonly List<ScanRange> _asked = [];

    [Fact]
    public async Task A_scan_goes_on_at_another_silo_after_the_last_event_and_within_its_limit()
    {
        _events.Fails = (4, new SiloUnavailableException());
        var scan = Scan(new ScanRange { Limit = 8 }, attempt => _events.Fails = attempt == 1 ? _events.Fails : null);
        Assert.Equal(_events.Events.Take(8).Select(e => e.Key), (await ReadAsync(scan)).Select(e => e.Key));
        Assert.Equal([(null, 8L), (FakeScan.Key(2), 5L)], _asked.Select(r => (r.After, r.Limit!.Value)));
        Assert.Equal(8, scan.Outcome.Events);
    }

    [Fact]
    public async Task A_scan_that_every_silo_fails_ends_with_the_failure()
    {
        _events.Fails = (0, new SiloUnavailableException("All are gone."));
        Assert.Equal("All are gone.", (await Assert.ThrowsAsync<SiloUnavailableException>(() => ReadAsync(Scan(ScanRange.All)))).Message);
        Assert.Equal(5, _asked.Count);
    }

    [Fact]
    public async Task A_failure_that_another_silo_would_have_too_is_final()
    {
        _events.Fails = (4, new InvalidOperationException("No."));
        await Assert.ThrowsAsync<InvalidOperationException>(() => ReadAsync(Scan(ScanRange.All)));
        Assert.Single(_asked);
    }

    [Fact]
    public async Task Whoever_stops_within_a_page_goes_on_after_the_event_that_was_given_last()
    {
        var scan = Scan(ScanRange.All);
        await foreach (var e in scan)
        {
            if (e.Key == FakeScan.Key(3))
            {
                break;
            }
        }

        Assert.Equal(FakeScan.Key(3), scan.LastKey);
        var rest = await ReadAsync(Scan(new ScanRange { After = scan.LastKey }));
        Assert.Equal(_events.Events.Skip(4).Select(e => e.Key), rest.Select(e => e.Key));
    }

    [Fact]
    public async Task A_scan_of_a_topic_takes_nothing_of_a_silo_that_knows_none()
    {
        var orders = Topic.Parse("orders");
        var scan = Scan(new ScanRange { Topic = orders }, attempt => _events.TopicOf = key => attempt == 1 ? null : orders);
        Assert.Equal(10, (await ReadAsync(scan)).Count);
        Assert.Equal(2, _asked.Count);

        _events.TopicOf = static _ => null;
        await Assert.ThrowsAsync<TopicsNotReadException>(() => ReadAsync(Scan(new ScanRange { Topic = orders })));
    }

    [Fact]
    public async Task A_scan_is_enumerated_once()
    {
        var scan = Scan(ScanRange.All);
        await ReadAsync(scan);
        await Assert.ThrowsAsync<InvalidOperationException>(() => ReadAsync(scan));
    }

    [Fact]
    public async Task A_scan_that_has_not_ended_has_no_outcome()
    {
        var scan = Scan(ScanRange.All);
        await foreach (var _ in scan)
        {
            Assert.Throws<InvalidOperationException>(() => scan.Outcome);
            break;
        }
    }

    [Fact]
    public async Task Doubts_of_a_silo_that_died_are_not_lost()
    {
        _events.Fails = (4, new SiloUnavailableException());
        var first = true;
        var scan = Scan(ScanRange.All, range: r => first ? WithDoubt(r) : _events.Read(r), onScan: attempt =>
        {
            first = attempt == 1;
            _events.Fails = attempt == 1 ? _events.Fails : null;
        });
        await ReadAsync(scan);
        Assert.Equal(["west-c"], scan.Outcome.Doubts.Select(d => d.Peer.Value));
    }

    private EventScan Scan(
        ScanRange wanted, Action<int>? onScan = null, Func<ScanRange, IAsyncEnumerable<ScanPage>>? range = null) => GrainStub.Of<IGrainFactory>(
        (_, _) => GrainStub.Of<IEventScanGrain>((_, args) =>
        {
            _asked.Add((ScanRange)args[0]!);
            onScan?.Invoke(_asked.Count);
            return (range ?? _events.Read)((ScanRange)args[0]!);
        })).CreateEventReader().Scan(wanted);

    private async IAsyncEnumerable<ScanPage> WithDoubt(ScanRange range)
    {
        await foreach (var page in _events.Read(range))
        {
            yield return new ScanPage(
                page.Records.ToArray(), page.Count, page.LastKey, page.Conflicts, [FakeScan.Doubt("west-c")], page.IsLast);
        }
    }

    private static async Task<List<ScannedEvent>> ReadAsync(EventScan scan)
    {
        var events = new List<ScannedEvent>();
        await foreach (var e in scan)
        {
            events.Add(e);
        }

        return events;
    }
}
