using System.Collections.Immutable;
using System.Text.Json;
using AllData.Client.Bench;
using AllData.Client.Commands;
using AllData.Client.Departure;
using AllData.Events;
using AllData.Peers;
using AllData.Reports;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Client;

public sealed class DepartureTests
{
    private static readonly EventKey Oldest = EventKey.Parse("20261122T101112345000150007");

    private readonly ClientRun _run = new();
    private readonly Queue<DepartureCheck> _counts = new();
    private int _counted;

    public DepartureTests()
    {
        _run.Store.Register("north-a", "north-b", "west-c");
        _run.Store.OnDeparture = Count;
    }

    [Fact]
    public async Task Drain_waits_until_two_counts_find_that_nothing_needs_a_copy_elsewhere()
    {
        _counts.Enqueue(Check(Short(2, 3, 1204, 9631)));
        _counts.Enqueue(Check());
        _counts.Enqueue(Check(Short(2, 3, 1, 1)));
        _counts.Enqueue(Check());
        _counts.Enqueue(Check());

        Assert.Equal(ExitCodes.Done, await _run.RunAsync("drain", "north-a"));

        Assert.Equal(["Drain north-a"], _run.Store.Orders);
        Assert.Equal(5, _counted);
        Assert.Equal(
            [DrainWatch.Pause, DrainWatch.Confirmation, DrainWatch.Pause, DrainWatch.Confirmation],
            _run.Time.Waits.Where(static w => w == DrainWatch.Pause || w == DrainWatch.Confirmation));
        Assert.Equal(
            "north-a: all 5,000 blocks (40,000 events) that it holds have their copies elsewhere. It is safe to stop it, and to drop it", _run.Output.Trim());
    }

    [Fact]
    public async Task Drain_without_waiting_only_gives_the_order()
    {
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("drain", "north-a", "--no-wait", "--json"));

        Assert.Equal(["Drain north-a"], _run.Store.Orders);
        Assert.Equal(0, _counted);
        var document = JsonElement.Parse(_run.Output);
        Assert.Equal(
            ("north-a", "draining", 1),
            (document.GetProperty("peer").GetString(), document.GetProperty("outcome").GetString(), document.GetProperty("topologyVersion").GetInt64()));
    }

    [Fact]
    public async Task A_dry_drain_shows_what_would_have_to_be_copied_and_orders_nothing()
    {
        _counts.Enqueue(Check(Short(0, 1, 3, 4), Short(2, 3, 1204, 9631)));

        Assert.Equal(ExitCodes.Done, await _run.RunAsync("drain", "north-a", "--dry-run"));

        Assert.Empty(_run.Store.Orders);
        Assert.Equal(
            [
                $"3 blocks (4 events, oldest {Oldest}) would have no copy of 1 left: they would be lost",
                $"1,204 blocks (9,631 events, oldest {Oldest}) would have 2 copies of 3",
                "north-a: 5,000 blocks (40,000 events) looked at, of which 1,207 blocks (9,635 events) would have to be copied elsewhere",
            ],
            _run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_drain_that_is_interrupted_leaves_the_peer_draining_and_says_so()
    {
        using var stop = new CancellationTokenSource();
        _run.Cancellation = stop.Token;
        _counts.Enqueue(Check(Short(2, 3, 1, 1)));
        _run.Store.OnDeparture = peer =>
        {
            stop.Cancel();
            return Count(peer);
        };

        Assert.Equal(ExitCodes.Interrupted, await _run.RunAsync("drain", "north-a"));

        Assert.Equal(["Drain north-a"], _run.Store.Orders);
        Assert.Contains("north-a is still draining. 'alldata drain north-a' shows how far it is", _run.Error, StringComparison.Ordinal);
        Assert.Empty(_run.Output);
    }

    [Fact]
    public async Task A_drain_of_a_peer_that_does_not_answer_ends_in_doubt()
    {
        for (var i = 0; i < 2; i++)
        {
            _counts.Enqueue(Check() with { NotAnswering = [PeerId.Parse("north-a"), PeerId.Parse("west-c")] });
        }

        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("drain", "north-a"));
        Assert.Contains("north-a does not answer: what it alone holds is not known.", _run.Error, StringComparison.Ordinal);
        Assert.Contains("No answer from west-c: its copies are not counted.", _run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("safe", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_does_not_answer_is_dropped_only_by_force_because_what_it_alone_holds_is_not_known()
    {
        _counts.Enqueue(Check() with { NotAnswering = [PeerId.Parse("north-a")] });
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("drop", "north-a"));
        Assert.Contains("north-a is not dropped: it does not answer", _run.Output, StringComparison.Ordinal);
        Assert.Empty(_run.Store.Orders);

        _counts.Enqueue(Check() with { NotAnswering = [PeerId.Parse("north-a")] });
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("drop", "north-a", "--force"));
        Assert.Equal(["DropPeer north-a"], _run.Store.Orders);
    }

    [Fact]
    public async Task Drain_says_when_nobody_could_take_over()
    {
        _run.Store.Register("north-a");

        Assert.Equal(ExitCodes.Done, await _run.RunAsync("drain", "north-a", "--no-wait"));
        Assert.Contains("No other peer is active", _run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LinkState.Up, LinkState.CutOff, false, "No other peer of this cluster is active: peers of cluster 'west' (1) take over what north-a holds.")]
    [InlineData(
        LinkState.Up, LinkState.Doubtful, false,
        "No other peer of this cluster is active: peers of cluster 'west' (1) and cluster 'east' (2) take over what north-a holds.")]
    [InlineData(
        LinkState.CutOff, LinkState.CutOff, false,
        "and cluster 'west' (1) and cluster 'east' (2) is cut off: until it answers again, no peer can take over what north-a holds.")]
    [InlineData(
        LinkState.CutOff, LinkState.CutOff, true,
        "No other peer is active, so no peer can take over what north-a holds. Start or undrain another one.")]
    public async Task Drain_of_the_last_peer_of_a_cluster_says_which_other_clusters_take_over(LinkState west, LinkState east, bool haveDropped, string sentence)
    {
        _run.Store.Register("north-a");
        _run.Store.OnReport = peer => FakeStore.Report(peer) with
        {
            Links =
            [
                new LinkReport(1, "west", ["west"], west, DateTimeOffset.UnixEpoch) { HasDropped = haveDropped },
                new LinkReport(2, "east", ["east"], east, DateTimeOffset.UnixEpoch) { HasDropped = haveDropped },
            ],
        };

        Assert.Equal(ExitCodes.Done, await _run.RunAsync("drain", "north-a", "--no-wait"));
        Assert.Contains(sentence, _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Undrain_gives_the_order()
    {
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("undrain", "west-c"));
        Assert.Equal(["Undrain west-c"], _run.Store.Orders);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Drop_is_refused_naming_what_would_fall_below_how_many_copies_dry_or_not(bool dry)
    {
        _counts.Enqueue(Check(Short(1, 3, 1204, 9631), Short(0, 3, 1, 1)));

        Assert.Equal(ExitCodes.Failed, await _run.RunAsync(["drop", "north-a", .. dry ? ["--dry-run"] : Array.Empty<string>()]));

        Assert.Empty(_run.Store.Orders);
        Assert.Equal(
            [
                $"1 block (1 event, oldest {Oldest}) would have no copy of 3 left: they would be lost",
                $"1,204 blocks (9,631 events, oldest {Oldest}) would have 1 copy of 3",
                "north-a is not dropped. Drain it first ('alldata drain north-a' waits until it can go), or give --force.",
            ],
            _run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_peer_that_was_drained_and_stopped_is_dropped_without_a_count()
    {
        _run.Store.Peers = [_run.Store.Peers[0] with { Alive = false, IsDrained = true }, .. _run.Store.Peers[1..]];
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("drop", "north-a"));
        Assert.Equal(0, _counted);
        Assert.Equal(["DropPeer north-a"], _run.Store.Orders);
        Assert.Equal([false], _run.Store.Forced);
        Assert.Contains("it is drained, and it was confirmed", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_registry_is_told_of_force_only_when_it_was_given()
    {
        _counts.Enqueue(Check());
        _counts.Enqueue(Check());
        await _run.RunAsync("drop", "north-a");
        await _run.RunAsync("drop", "north-a", "--force");
        Assert.Equal([false, true], _run.Store.Forced);
    }

    [Fact]
    public async Task Drop_is_done_when_everything_has_its_copies_elsewhere()
    {
        _counts.Enqueue(Check());

        Assert.Equal(ExitCodes.Done, await _run.RunAsync("drop", "north-a"));
        Assert.Equal(["DropPeer north-a"], _run.Store.Orders);
    }

    [Fact]
    public async Task Drop_forced_is_done_and_still_tells_what_is_lost()
    {
        _counts.Enqueue(Check(Short(0, 3, 7, 8)));

        Assert.Equal(ExitCodes.Done, await _run.RunAsync("drop", "north-a", "--force", "--json"));

        Assert.Equal(["DropPeer north-a"], _run.Store.Orders);
        var document = JsonElement.Parse(_run.Output);
        Assert.Equal("dropped", document.GetProperty("outcome").GetString());
        var shortage = Assert.Single(document.GetProperty("check").GetProperty("shortages").EnumerateArray());
        Assert.Equal(
            (0, 3, 7, 8, Oldest.ToString()),
            (shortage.GetProperty("copiesLeft").GetInt32(), shortage.GetProperty("copiesAsked").GetInt32(), shortage.GetProperty("blocks").GetInt64(),
                shortage.GetProperty("events").GetInt64(), shortage.GetProperty("oldest").GetString()));
    }

    [Fact]
    public async Task A_dry_drop_that_would_be_done_orders_nothing()
    {
        _counts.Enqueue(Check());

        Assert.Equal(ExitCodes.Done, await _run.RunAsync("drop", "north-a", "--dry-run"));
        Assert.Empty(_run.Store.Orders);
        Assert.StartsWith("north-a would be dropped", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_count_that_is_cut_off_begins_anew_at_another_silo()
    {
        _counts.Enqueue(Check());
        var attempts = 0;
        _run.Store.OnDeparture = peer => attempts++ == 0 ? CutOff() : Count(peer);

        Assert.Equal(ExitCodes.Done, await _run.RunAsync("drop", "north-a"));
        Assert.Equal(2, attempts);

        static async IAsyncEnumerable<DepartureCheck> CutOff()
        {
            yield return Check() with { IsEnded = false };
            await Task.Yield();
            throw new SiloUnavailableException();
        }
    }

    [Theory]
    [InlineData("drain")]
    [InlineData("undrain")]
    [InlineData("drop")]
    public async Task A_peer_that_is_not_registered_is_refused_and_those_that_are_are_named(string command)
    {
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync(command, "east-e"));
        Assert.Contains("There are: north-a, north-b, west-c.", _run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync(command, "East E"));
        Assert.Contains("'East E' is not a peer name.", _run.Error, StringComparison.Ordinal);
        Assert.Empty(_run.Store.Orders);
    }

    private async IAsyncEnumerable<DepartureCheck> Count(PeerId peer)
    {
        Assert.Equal("north-a", peer.Value);
        _counted++;
        var check = _counts.Dequeue();
        yield return check with { Shortages = [], MinutesChecked = 1, Blocks = 1, IsEnded = false };
        await Task.Yield();
        yield return check;
    }

    private static DepartureCheck Check(params ImmutableArray<CopyShortage> shortages) => new()
    {
        MinutesChecked = 9,
        MinutesTotal = 9,
        Blocks = 5000,
        Events = 40_000,
        Shortages = shortages,
        NotAnswering = [],
        IsEnded = true,
    };

    private static CopyShortage Short(int left, int asked, long blocks, long events) => new(left, asked, blocks, events, Oldest);
}
