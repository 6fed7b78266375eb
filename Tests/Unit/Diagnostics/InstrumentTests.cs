using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using AllData.Coordination;
using AllData.Errors;
using AllData.Events;
using AllData.Peers;
using AllData.Repair;
using AllData.Replication;
using AllData.Reports;
using AllData.Storage;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Diagnostics;

/// <summary>What a collector of metrics sees: dashboards and alarms are written against it.</summary>
public sealed partial class InstrumentTests : IDisposable
{
    private readonly InstrumentBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void The_table_of_metrics_has_what_the_code_measures_and_nothing_else()
    {
        _bench.Show();
        DoEverything();
        _bench.Collect();

        var measured = _bench.Published.Select(RowOf).Order(StringComparer.Ordinal);
        var documented = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "operate", "metrics.md"))
            .Where(static line => line.StartsWith("| `alldata.", StringComparison.Ordinal));
        Assert.Equal(string.Join('\n', measured), string.Join('\n', documented));
    }

    // Otherwise a new class of instruments would be in no table.
    [Fact]
    public void Each_class_of_instruments_is_looked_at_here() => Assert.Equal(
        typeof(PutInstruments).Assembly.GetTypes().Where(static t => t.Name.EndsWith("Instruments", StringComparison.Ordinal))
            .Select(static t => t.Name).Order(StringComparer.Ordinal),
        typeof(InstrumentBench).GetProperties().Select(static p => p.PropertyType.Name).Where(static n => n.EndsWith("Instruments", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal));

    [Fact]
    public void Names_follow_the_conventions_of_OpenTelemetry()
    {
        _bench.Show();
        DoEverything();
        _bench.Collect();

        Assert.All(_bench.Published, static i => Assert.Matches(DottedName(), i.Name));
        Assert.All(_bench.Published, static i => Assert.Matches(Unit(), i.Unit));
        Assert.All(_bench.Published, static i => Assert.DoesNotMatch("bytes|seconds|_ms$|total", i.Name));
        Assert.All(_bench.Attributes.Values.SelectMany(static names => names), static name => Assert.Matches(DottedName(), name));
    }

    [Fact]
    public void What_happens_is_counted_by_kind()
    {
        _bench.Puts.OnPutCompleted(CommitLevel.Quorum, null, 3, TimeSpan.FromMilliseconds(1500));
        _bench.Puts.OnPutCompleted(CommitLevel.All, new PutOutcomeUnknownException("", [], []), 1, TimeSpan.FromSeconds(2));
        _bench.Puts.OnPutResolved(null, 2);
        _bench.Puts.OnPutResolved(new OverloadedException("", TimeSpan.Zero), 4);
        _bench.Replicas.OnAnswered(AppendStatus.AlreadyStored);
        _bench.Links.OnMissed("west");

        Assert.Equal(
            [
                "alldata.put.duration 1.5 alldata.put.level=quorum alldata.put.outcome=stored",
                "alldata.put.events 3 alldata.put.level=quorum alldata.put.outcome=stored",
                "alldata.put.duration 2 alldata.put.level=all alldata.put.outcome=put_outcome_unknown",
                "alldata.put.events 1 alldata.put.level=all alldata.put.outcome=put_outcome_unknown",
                "alldata.put.events 2 alldata.put.outcome=already_stored",
                "alldata.put.events 4 alldata.put.outcome=overloaded",
                "alldata.replica.appends 1 alldata.replica.outcome=already_stored",
                "alldata.link.missed_questions 1 alldata.cluster.name=west",
            ],
            _bench.Measured);
    }

    // A collector that first sees a counter at 1 takes that for no change, and an alarm on it would miss the first failure.
    [Fact]
    public void What_is_rare_is_shown_with_0_before_it_happens()
    {
        _bench.Show();

        Assert.Equal(
            [
                "alldata.follow.live.missed_events 7", "alldata.follow.readers 2", "alldata.interval.closed 0",
                "alldata.peer.deaths 0 alldata.peer.death.kind=false_alarm", "alldata.peer.deaths 0 alldata.peer.death.kind=real",
                "alldata.peers 0 alldata.peer.availability=avoided", "alldata.peers 1 alldata.peer.availability=dead",
                "alldata.peers 2 alldata.peer.availability=available", "alldata.put.incomplete_blocks 0", "alldata.repair.agenda 0",
                "alldata.repair.fetched_blocks 0 alldata.repair.missing=False", "alldata.repair.fetched_blocks 0 alldata.repair.missing=True",
                "alldata.repair.fetched_events 0", "alldata.repair.io 0", "alldata.repair.missing_blocks 0", "alldata.repair.missing_events 0",
                "alldata.repair.repaired_blocks 0", "alldata.replica.late_answers 0", "alldata.replica.replacements 0", "alldata.scrub.findings 0",
                "alldata.scrub.io 0", "alldata.silo.ready 1", "alldata.storage.damaged_blocks 0",
            ],
            _bench.Collect());
    }

    [Fact]
    public void What_has_happened_and_what_is_held_is_shown_at_each_collection()
    {
        _bench.Show();
        DoEverything();

        Assert.Equal(
            [
                "alldata.follow.lag 1.25", "alldata.follow.live.missed_events 7", "alldata.follow.readers 2", "alldata.interval.closed 1",
                "alldata.link.state 0 alldata.cluster.name=west alldata.link.state=doubtful",
                "alldata.link.state 0 alldata.cluster.name=west alldata.link.state=healing",
                "alldata.link.state 0 alldata.cluster.name=west alldata.link.state=up",
                "alldata.link.state 1 alldata.cluster.name=west alldata.link.state=cut_off", "alldata.peer.deaths 1 alldata.peer.death.kind=real",
                "alldata.peer.deaths 2 alldata.peer.death.kind=false_alarm", "alldata.peers 0 alldata.peer.availability=avoided",
                "alldata.peers 1 alldata.peer.availability=dead", "alldata.peers 2 alldata.peer.availability=available",
                "alldata.put.incomplete_blocks 1", "alldata.repair.agenda 10", "alldata.repair.fetched_blocks 1 alldata.repair.missing=False",
                "alldata.repair.fetched_blocks 1 alldata.repair.missing=True", "alldata.repair.fetched_events 4", "alldata.repair.io 300",
                "alldata.repair.lag 95", "alldata.repair.missing_blocks 2", "alldata.repair.missing_events 3", "alldata.repair.repaired_blocks 1",
                "alldata.replica.late_answers 1", "alldata.replica.replacements 1", "alldata.scrub.findings 1", "alldata.scrub.io 1000",
                "alldata.silo.conditions 1 alldata.condition.code=disk-full alldata.condition.stops_puts=True", "alldata.silo.ready 0",
                "alldata.storage.blocks 1", "alldata.storage.damaged_blocks 6", "alldata.storage.damaged_intervals 8", "alldata.storage.events 2",
                "alldata.storage.queue.size 4", "alldata.storage.size 3",
            ],
            _bench.Collect());
        Assert.Equal((1, 1, 2), (_bench.Puts.Replaced, _bench.Peers.TrueDeaths, _bench.Peers.FalseDeaths));
    }

    private void DoEverything()
    {
        _bench.Puts.OnPutCompleted(CommitLevel.Quorum, null, 3, TimeSpan.FromMilliseconds(1500));
        _bench.Puts.OnReplicaReplaced(PeerId.Parse("north-a"), PeerId.Parse("west-c"));
        _bench.Puts.OnLateAnswer();
        _bench.Puts.OnBlockIncomplete();
        _bench.Peers.OnPeerDeath(real: true);
        _bench.Peers.OnPeerDeath(real: false);
        _bench.Peers.OnPeerDeath(real: false);
        _bench.Counters.OnFetched(4, 100, isNew: true);
        _bench.Counters.OnFetched(5, 200, isNew: false);
        _bench.Counters.OnMended();
        _bench.Replicas.OnAnswered(AppendStatus.Stored);
        _bench.Replicas.OnIntervalClosed();
        _bench.Replicas.OnScrubbed(1000, 1);
        _bench.Links.OnMissed("west");
        _bench.Held = new ReplicaStoreStatistics(
            Blocks: 1, Events: 2, Bytes: 3, WaitingBytes: 4, Transactions: 5, DamagedBlocks: 6, IdAlarms: 7, DamagedIntervals: 8);
        _bench.Progress = new RepairProgress(
            false, new MissingCopies(2, 3, null),
            [.. new[] { "p2", "p3" }.Select(static p => new ComparisonReport(PeerId.Parse(p), false, 5, 0, null))]);
        _bench.Lag = 95;
        _bench.LinkReports = [new LinkReport(1, "west", ["west"], LinkState.CutOff, default)];
        _bench.Conditions = [new SiloCondition("disk-full", StopsPuts: true, "The disk is full.")];
        _bench.FollowEnd = EventKey.FirstAt(new DateTimeOffset(2026, 11, 30, 11, 59, 58, 750, TimeSpan.Zero).ToUnixTimeMilliseconds());
    }

    private string RowOf(Instrument instrument) =>
        $"| `{instrument.Name}` | {KindOf(instrument)} | {instrument.Unit} "
        + $"| {string.Join(", ", _bench.Attributes[instrument.Name].Select(static name => $"`{name}`"))} | {instrument.Description} |";

    private static string KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Counter" or "ObservableCounter" => "counter",
        "ObservableUpDownCounter" => "up-down counter",
        "ObservableGauge" => "gauge",
        "Histogram" => "histogram",
        var other => other,
    };

    [GeneratedRegex(@"^alldata(\.[a-z]+(_[a-z]+)*)+$")]
    private static partial Regex DottedName();

    [GeneratedRegex(@"^(s|By|1|\{[a-z]+\})$")]
    private static partial Regex Unit();
}
