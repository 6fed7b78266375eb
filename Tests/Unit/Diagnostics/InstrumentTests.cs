using System.Diagnostics.Metrics;
using AllData.Coordination;
using AllData.Diagnostics;
using AllData.Links;
using AllData.Membership;
using AllData.Peers;
using AllData.Repair;
using AllData.Replicas;
using AllData.Replication;
using AllData.Reports;
using AllData.Storage;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Diagnostics;

/// <summary>What a collector of metrics sees: dashboards and alarms are written against it.</summary>
public sealed class InstrumentTests : IDisposable
{
    private readonly Meter _meter = new("AllData.Tests.Instruments");
    private readonly MeterListener _listener = new();
    private readonly List<Instrument> _published = [];
    private readonly List<string> _measured = [];
    private readonly PutInstruments _puts;
    private readonly PeerInstruments _peers;
    private readonly RepairInstruments _repair;
    private readonly ReplicaInstruments _replicas;
    private readonly LinkInstruments _links;

    public InstrumentTests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == _meter)
            {
                _published.Add(instrument);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((i, value, tags, _) => _measured.Add($"{i.Name} {value}{TagsOf(tags)}"));
        _listener.SetMeasurementEventCallback<double>((i, value, tags, _) => _measured.Add($"{i.Name} {value}{TagsOf(tags)}"));
        _listener.Start();
        var meter = new AllDataMeter(GrainStub.Of<IMeterFactory>((_, args) => ((MeterOptions)args[0]!).Name == "AllData" ? _meter : null));
        (_puts, _peers, _repair, _replicas, _links) = (new(meter), new(meter), new(meter), new(meter), new(meter));
    }

    public void Dispose()
    {
        _listener.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Names_units_and_descriptions_stay_as_they_are()
    {
        _replicas.Show(static () => null);
        _repair.Show(static () => RepairProgress.Unknown, static () => null);
        _links.Show(static () => []);

        Assert.Equal(
            """
            alldata.interval.closed Counter {interval}: Intervals closed by this peer.
            alldata.links.missed Counter {question}: Questions to another cluster that were not answered, by cluster.
            alldata.links.state ObservableGauge {state}: State of the link to each other cluster: 0 up, 1 doubtful, 2 cut off, 3 healing.
            alldata.peers.deaths Counter {death}: Peers seen to leave (kind true), or taken for dead and heard again (kind false), by this silo.
            alldata.put.duration Histogram s: From a block's first call to the reply.
            alldata.put.events Counter {event}: Events answered, by outcome.
            alldata.put.incomplete Counter {block}: Blocks left with fewer copies than asked for; repair's work.
            alldata.repair.blocks Counter {block}: Blocks fetched by repair, by whether they were lacking.
            alldata.repair.bytes Counter By: Bytes of all blocks fetched by repair.
            alldata.repair.events Counter {event}: Events in the blocks that were lacking.
            alldata.repair.mended Counter {block}: Damaged blocks fetched again.
            alldata.repair.missing_blocks ObservableGauge {block}: Blocks that this peer is known to owe and lack.
            alldata.repair.missing_events ObservableGauge {event}: Events in them.
            alldata.repair.other_clusters_lag ObservableGauge s: How long ago the time is up to which all other clusters of the store hold their copies.
            alldata.repair.waiting_minutes ObservableGauge {minute}: Minutes that wait to be compared with other peers.
            alldata.replica.appends Counter {block}: Answers of replicas, by status.
            alldata.replica.late Counter {block}: Answers that came after the replica deadline.
            alldata.replica.replacements Counter {block}: Replicas sent to another peer than first meant.
            alldata.scrub.bytes Counter By: Bytes that the scrubber has read.
            alldata.scrub.damage Counter {finding}: Things that the scrubber has found damaged.
            alldata.storage.blocks ObservableGauge {block}: Blocks held, damaged ones included.
            alldata.storage.bytes ObservableGauge By: Bytes on disk.
            alldata.storage.damaged_blocks ObservableGauge {block}: Times that a block was found damaged.
            alldata.storage.damaged_intervals ObservableGauge {interval}: Intervals that may hold less than was promised.
            alldata.storage.events ObservableGauge {event}: Events held.
            alldata.storage.waiting_bytes ObservableGauge By: Bytes that wait to be written.
            """,
            string.Join('\n', _published.Select(Describe).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void What_happens_is_counted_by_kind()
    {
        _puts.OnPutCompleted(CommitLevel.Quorum, "Stored", 3, TimeSpan.FromMilliseconds(1500));
        _puts.OnPutResolved("AlreadyStored", 2);
        _puts.OnReplicaReplaced(PeerId.Parse("north-a"), PeerId.Parse("west-c"));
        _puts.OnLateAnswer();
        _puts.OnBlockIncomplete();
        _peers.OnPeerDeath(real: true);
        _peers.OnPeerDeath(real: false);
        _peers.OnPeerDeath(real: false);
        _repair.OnFetched(4, 100, isNew: true);
        _repair.OnFetched(5, 200, isNew: false);
        _repair.OnMended();
        _replicas.OnAnswered(AppendStatus.Stored);
        _replicas.OnIntervalClosed();
        _replicas.OnScrubbed(1000, 1);
        _links.OnMissed("west");

        Assert.Equal(
            [
                "alldata.put.duration 1.5 level=Quorum outcome=Stored",
                "alldata.put.events 3 level=Quorum outcome=Stored",
                "alldata.put.events 2 outcome=AlreadyStored",
                "alldata.replica.replacements 1",
                "alldata.replica.late 1",
                "alldata.put.incomplete 1",
                "alldata.peers.deaths 1 kind=true",
                "alldata.peers.deaths 1 kind=false",
                "alldata.peers.deaths 1 kind=false",
                "alldata.repair.blocks 1 lacking=True",
                "alldata.repair.events 4",
                "alldata.repair.bytes 100",
                "alldata.repair.blocks 1 lacking=False",
                "alldata.repair.events 0",
                "alldata.repair.bytes 200",
                "alldata.repair.mended 1",
                "alldata.replica.appends 1 status=Stored",
                "alldata.interval.closed 1",
                "alldata.scrub.bytes 1000",
                "alldata.scrub.damage 1",
                "alldata.links.missed 1 cluster=west",
            ],
            _measured);
        Assert.Equal((1, 1, 2), (_puts.Replaced, _peers.TrueDeaths, _peers.FalseDeaths));
    }

    [Fact]
    public void What_is_held_is_shown_when_somebody_looks_and_nothing_while_there_is_no_store()
    {
        ReplicaStoreStatistics? held = null;
        _replicas.Show(() => held);
        _listener.RecordObservableInstruments();
        Assert.Empty(_measured);

        held = new ReplicaStoreStatistics(
            Blocks: 1, Events: 2, Bytes: 3, WaitingBytes: 4, Transactions: 5, DamagedBlocks: 6, IdAlarms: 7, DamagedIntervals: 8);
        _listener.RecordObservableInstruments();

        Assert.Equal(
            [
                "alldata.storage.blocks 1", "alldata.storage.bytes 3", "alldata.storage.damaged_blocks 6", "alldata.storage.damaged_intervals 8",
                "alldata.storage.events 2", "alldata.storage.waiting_bytes 4",
            ],
            _measured.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void How_repair_stands_is_shown_when_somebody_looks()
    {
        var peers = new[] { "p2", "p3" }.Select(static p => new ComparisonReport(PeerId.Parse(p), false, 5, 0, null));
        _repair.Show(() => new RepairProgress(false, new MissingCopies(2, 3, null), [.. peers]), static () => 95);
        _listener.RecordObservableInstruments();

        Assert.Equal(
            [
                "alldata.repair.missing_blocks 2", "alldata.repair.missing_events 3", "alldata.repair.other_clusters_lag 95",
                "alldata.repair.waiting_minutes 10",
            ],
            _measured.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void How_each_link_stands_is_shown_when_it_is_looked_at()
    {
        _links.Show(static () =>
        [
            new LinkReport(1, "west", ["west"], LinkState.CutOff, default), new LinkReport(2, "east", ["east"], LinkState.Up, default),
        ]);
        _listener.RecordObservableInstruments();

        Assert.Equal(["alldata.links.state 0 cluster=east", "alldata.links.state 2 cluster=west"], _measured.Order(StringComparer.Ordinal));
    }

    private static string Describe(Instrument i) => $"{i.Name} {i.GetType().Name.Split('`')[0]} {i.Unit}: {i.Description}";

    private static string TagsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        string.Concat(tags.ToArray().Select(static tag => $" {tag.Key}={tag.Value}"));
}
