using System.Collections.Frozen;
using AllData.Certificates;
using AllData.Coordination;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Replicas;
using AllData.Replication;
using AllData.Reports;
using AllData.Silo.Http.Console;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

/// <summary>What the console makes of what silos say, round by round.</summary>
public sealed class ConsoleFoldingTests
{
    private static readonly Interval Hour = Interval.Containing(ConsoleCluster.Noon.ToUnixTimeMilliseconds(), TimeSpan.FromHours(1));

    private readonly ConsoleCluster _cluster = new();

    private readonly ClusterPicture _picture = new();

    [Fact]
    public void Puts_of_all_silos_are_summed_by_level_and_outcome_and_a_restarted_one_begins_again()
    {
        Fold(1, static f => f with { Puts = [Put("Stored", 100, 5)] });
        Fold(2, static f => f with { Puts = [Put("Stored", 150, 5), Put("NotEnoughPeersException", 1, 40)] });
        var puts = Fold<PutsDocument>("puts", 3, static f => f.Peer.Value == "north-a"
            ? f with { Process = Guid.NewGuid(), Puts = [Put("Stored", 9_000, 5)] }
            : f with { Puts = [Put("Stored", 150, 5), Put("NotEnoughPeersException", 1, 40)] });

        // 6 silos with 51 events in two seconds.
        Assert.Equal(153.0, puts.PerSecond);
        Assert.Equal([306.0, 0.0], puts.History);
        Assert.Equal(
            [("quorum", "stored", true, 150.0), ("quorum", "not enough peers", false, 3.0)],
            puts.Rows.Select(static r => (r.Level, r.Outcome, r.IsStored, r.PerSecond)));
    }

    [Fact]
    public void Latencies_are_known_to_a_fifth()
    {
        var figures = new PutFigures();
        for (var i = 1; i <= 1_000; i++)
        {
            figures.OnAnswered(CommitLevel.Quorum, "Stored", 1, TimeSpan.FromMilliseconds(i / 10.0));
        }

        var series = Assert.Single(figures.Read());
        Assert.InRange(PutWindow.QuantileOf(series, 0.5), 50, 60);
        Assert.InRange(PutWindow.QuantileOf(series, 0.99), 99, 119);
        Assert.Equal(1_000, series.Durations.Sum());
    }

    [Fact]
    public void Outcomes_beyond_a_bound_are_one()
    {
        var figures = new PutFigures();
        for (var i = 0; i < 2 * PutFigures.MaxSeries; i++)
        {
            figures.OnAnswered(CommitLevel.One, $"Error{i}", 1, TimeSpan.Zero);
        }

        Assert.Equal(PutFigures.MaxSeries, figures.Read().Count(static s => s.Outcome != PutFigures.Others));
        Assert.Equal(PutFigures.MaxSeries, figures.Read().Single(static s => s.Outcome == PutFigures.Others).Events);
    }

    [Fact]
    public void What_is_owed_shrinks_as_it_is_fetched_and_a_dead_peers_part_is_not_known()
    {
        _cluster.Kill("west-d");
        Fold(1, static f => Owing(f, 100, 0));
        for (var second = 2; second < 30; second++)
        {
            Fold(second, f => Owing(f, 100 - (2 * second), 2 * second));
        }

        var owed = Fold<OwedDocument>("owed", 30, static f => Owing(f, 40, 60));

        Assert.Equal((40L, 400L), (owed.Blocks, owed.Events));
        Assert.InRange(owed.PerSecond, 1.9, 2.1);
        Assert.Equal(["west-d", "west-c"], owed.Rows.Select(static r => r.Peer));
        Assert.Null(owed.Rows[0].Blocks);
        Assert.Equal("400 events, the oldest of 2026-11-30 12:00 UTC. It fetches 2 blocks a second: done in about 20 s.", owed.Rows[1].Text);
    }

    [Fact]
    public void An_interval_is_degraded_by_one_silent_peer_and_unknown_by_as_many_as_copies_are_awaited()
    {
        Assert.Equal([IntervalMood.Closed, IntervalMood.Open], Strip(0).Select(static r => r.State));

        _cluster.Kill("west-c");
        Assert.Equal([IntervalMood.Degraded, IntervalMood.Degraded], Strip(0).Select(static r => r.State));

        _cluster.Kill("west-d");
        var rows = Strip(0);
        Assert.Equal([IntervalMood.Unknown, IntervalMood.Unknown], rows.Select(static r => r.State));
        Assert.Equal("west-c and west-d do not answer: they alone may hold events of it that were acknowledged.", rows[1].Text);
    }

    [Fact]
    public void A_peer_that_was_dead_before_an_interval_began_has_nothing_of_it_and_one_that_is_away_is_replaced()
    {
        _cluster.Kill("west-c", "west-d");
        _cluster.Change("west-d", static p => p with { Status = PeerStatus.Away });
        var view = new PeerView(_cluster.Find("west-c"), false) { AwaySince = ConsoleCluster.Noon.AddMinutes(-1) };

        Assert.Equal([IntervalMood.Degraded, IntervalMood.Open], Strip(0, view).Select(static r => r.State));
    }

    [Fact]
    public void An_interval_of_which_copies_are_owed_or_damaged_is_degraded_and_one_that_some_have_closed_is_closing()
    {
        var strip = Fold<IntervalsDocument>("intervals", 1, static f => f.Peer.Value switch
        {
            "west-c" => Owing(f, 1, 0) with { Intervals = [Stored(Hour, IntervalState.Open)] },
            "west-d" => f with { Intervals = [Stored(Hour.Previous, IntervalState.Closed, "A page is damaged.")] },
            _ => f with { Intervals = [Stored(Hour.Previous.Previous, f.Peer.Value == "east-e" ? IntervalState.Open : IntervalState.Closed)] },
        });

        Assert.Equal([IntervalMood.Closing, IntervalMood.Degraded, IntervalMood.Degraded], strip.Rows.Select(static r => r.State));
        Assert.Contains("west-d found damage in it.", strip.Rows[1].Text, StringComparison.Ordinal);
        Assert.Contains("west-c owes copies of it.", strip.Rows[2].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interval_that_a_cluster_beyond_a_cut_link_may_write_to_is_unknown()
    {
        var strip = Fold<IntervalsDocument>("intervals", 1, static f => f with
        {
            Links = [new LinkReport(1, "far", ["west"], LinkState.CutOff, ConsoleCluster.Noon)],
            Intervals = [Stored(Hour.Previous, IntervalState.Closed), Stored(Hour, IntervalState.Open)],
        });

        Assert.Equal([IntervalMood.Closed, IntervalMood.Unknown], strip.Rows.Select(static r => r.State));
    }

    [Fact]
    public void A_sealed_interval_is_shown_as_its_certificate_says_and_never_better_than_its_peers_say_now()
    {
        Assert.Equal(IntervalMood.Sealed, Certified(CertificateState.Complete).State);
        Assert.EndsWith(
            "Sealed: version 2 of its certificate says that all its events are there.", Certified(CertificateState.Complete).Text, StringComparison.Ordinal);
        Assert.Equal(IntervalMood.Degraded, Certified(CertificateState.CompleteDegraded).State);
        Assert.Equal(IntervalMood.Unknown, Certified(CertificateState.Unknown).State);

        _cluster.Kill("west-c");
        Assert.Equal(IntervalMood.Degraded, Certified(CertificateState.Complete).State);

        _cluster.Kill("west-d");
        Assert.Equal(IntervalMood.Unknown, Certified(CertificateState.Complete).State);
    }

    [Fact]
    public void What_happens_is_told_in_sentences_once_and_what_goes_on_is_one_of_them()
    {
        Fold(1);
        _cluster.Kill("west-c");
        _cluster.Change("north-b", static p => p with { Status = PeerStatus.Draining });
        Fold(2, static f => f with { Replacements = [Replaced(f, 2)] });
        Fold(3, static f => f with { Replacements = [Replaced(f, 5)], Conditions = f.Peer.Value == "east-e" ? [new("clock-differs", false, "Set it.")] : [] });
        _cluster.Topology = _cluster.Topology with { Hosted = _cluster.Topology.Own.Peers.Select(static p => p.Id).ToFrozenSet() };
        Fold(4, static f => f with { Replacements = [Replaced(f, 5)], Repair = Fetched(0) });
        Fold(5, static f => f with { Replacements = [Replaced(f, 5)], Repair = Fetched(f.Peer.Value == "west-c" ? 7 : 0) });
        var decisions = Fold<DecisionsDocument>(
            "decisions", 6, static f => f with { Replacements = [Replaced(f, 5)], Repair = Fetched(f.Peer.Value == "west-c" ? 9 : 0) });

        Assert.Equal(
            [
                "Repair: west-c fetched 9 blocks (90 events) that it owed.",
                "Condition: east-e no longer reports clock-differs.",
                "Peer: west-c (west/c) has a silo again.",
                "Condition: east-e reports clock-differs: Set it.",
                "Replacement: 20 replicas meant for west-c went to west-d (20) instead.",
                "Peer: west-c (west/c) is dead: no silo hosts it.",
                "Status: north-b is draining: it gets no new copies, and others fetch what it holds.",
            ],
            decisions.Rows.Select(static r => $"{r.Kind}: {r.Text}"));
    }

    [Fact]
    public void Decisions_conditions_and_rows_are_bounded()
    {
        var log = new DecisionLog();
        for (var i = 0; i < 3 * DecisionLog.MaxRows; i++)
        {
            log.Add(ConsoleCluster.Noon.AddSeconds(i), DecisionKind.Peer, $"{i}");
        }

        Assert.Equal((DecisionLog.MaxRows, $"{(3 * DecisionLog.MaxRows) - 1}"), (log.Document.Rows.Length, log.Document.Rows[0].Text));

        var conditions = ConditionsDocument.Of(_cluster.Facts(1, static f => f with
        {
            Conditions = [.. Enumerable.Range(0, 20).Select(n => new SiloCondition($"c{n}", n == 7, f.Peer.Value))],
        }));
        Assert.Equal((ConditionsDocument.MaxRows, (6 * 20) - ConditionsDocument.MaxRows), (conditions.Rows.Length, conditions.More));
        Assert.True(conditions.Rows[0].StopsPuts);
    }

    [Fact]
    public void Pairs_of_replacements_are_bounded_and_the_latest_stay()
    {
        var tallies = new ReplacementTallies();
        for (var i = 0; i < 2 * ReplacementTallies.MaxPairs; i++)
        {
            tallies.OnReplaced(PeerId.Parse($"meant-{i}"), PeerId.Parse("instead"));
        }

        Assert.Equal(ReplacementTallies.MaxPairs, tallies.Read().Length);
        Assert.Contains(tallies.Read(), static t => t.Meant.Value == $"meant-{(2 * ReplacementTallies.MaxPairs) - 1}");
    }

    private static PutSeries Put(string outcome, long events, int index) =>
        new(CommitLevel.Quorum, outcome, events, [.. Enumerable.Repeat(0L, index), events]);

    private static ReplacementTally Replaced(PeerFigures figures, long replicas) =>
        figures.Peer.Value == "west-d" ? default : new(PeerId.Parse("west-c"), PeerId.Parse("west-d"), replicas);

    private static RepairFigures Fetched(long blocks) => new() { IsCaughtUp = true, FetchedBlocks = blocks, FetchedEvents = 10 * blocks };

    private static PeerFigures Owing(PeerFigures figures, long missing, long fetched) => figures.Peer.Value != "west-c" ? figures : figures with
    {
        Repair = new RepairFigures { MissingBlocks = missing, MissingEvents = 10 * missing, OldestMissing = ConsoleCluster.Noon, FetchedBlocks = fetched },
    };

    private static StoredInterval Stored(Interval interval, IntervalState state, string? damage = null) =>
        new(interval, state, 10, 100, 1_000, default(EventDigest), "", damage);

    private IntervalRow Certified(CertificateState state)
    {
        var certificate = new CertifiedInterval(Hour.Previous, 2, state, 100, 0, default, 7);
        var facts = _cluster.Facts(0, static f => f with { Intervals = [Stored(Hour.Previous, IntervalState.Closed)] });
        return IntervalStrip.Of(facts with { Sealed = new[] { certificate }.ToFrozenDictionary(static c => c.Interval) }).Rows.Single();
    }

    private IntervalRow[] Strip(double second, params PeerView[] views) => IntervalStrip.Of(_cluster.Facts(
        second, static f => f with { Intervals = [Stored(Hour.Previous, IntervalState.Closed), Stored(Hour, IntervalState.Open)] }, views)).Rows;

    private Dictionary<string, object> Fold(double second, Func<PeerFigures, object>? answer = null) =>
        _picture.Fold(_cluster.Facts(second, answer)).ToDictionary(static d => d.Name, static d => d.Document);

    private T Fold<T>(string section, double second, Func<PeerFigures, object> answer) => (T)Fold(second, answer)[section];
}
