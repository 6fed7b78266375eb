using System.Text.Json;
using AllData.Client.Commands;
using AllData.Consumers;
using AllData.Events;
using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Client;

/// <summary><c>alldata consumers</c>, and <c>tail --consumer</c>.</summary>
public sealed class ConsumersTests
{
    private static readonly ConsumerName Billing = ConsumerName.Parse("billing");

    private readonly ClientRun _run = new();

    private MemoryConsumers Consumers => _run.Store.Consumers;

    [Fact]
    public async Task The_list_says_how_far_each_is_and_counts_what_it_has_not_acknowledged_up_to_a_bound()
    {
        _run.Store.OnScan = new FakeScan().AddMany(20).Read;
        await ResetAsync("billing", FakeScan.Key(16));
        await ResetAsync("reports", FakeScan.Key(19));
        await ResetAsync("search", default);
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("consumers", "--count", "5", "--json"));

        var all = JsonElement.Parse(_run.Output).EnumerateArray().ToList();
        Assert.Equal(["billing", "reports", "search"], all.Select(static c => c.GetProperty("name").GetString()));
        Assert.Equal(
            [(3, false), (0, false), (5, true)],
            all.Select(static c => (c.GetProperty("lagEvents").GetInt32(), c.GetProperty("lagIsAtLeast").GetBoolean())));
        var age = (_run.Time.GetUtcNow() - FakeScan.Key(17).Timestamp).TotalSeconds;
        Assert.InRange(all[0].GetProperty("lagSeconds").GetDouble(), age - 60, age);
        Assert.Equal(0, all[1].GetProperty("lagSeconds").GetDouble());
    }

    [Fact]
    public async Task A_count_is_at_least_where_a_peer_did_not_answer()
    {
        _run.Store.OnScan = new FakeScan { Doubts = [FakeScan.Doubt("west-c")] }.AddMany(4).Read;
        await ResetAsync("billing", FakeScan.Key(1));
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("consumers"));

        Assert.Contains("at least 2", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_count_nothing_is_scanned()
    {
        _run.Store.OnScan = static _ => throw new InvalidOperationException("It scans.");
        await ResetAsync("billing", FakeScan.Key(1));
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("consumers", "--count", "0", "--json"));
        Assert.False(JsonElement.Parse(_run.Output)[0].TryGetProperty("lagEvents", out _));
    }

    [Fact]
    public async Task Show_says_which_process_holds_it()
    {
        await Consumers.TakeAsync(Billing, "machine/1", FakeScan.Key(1), CancellationToken.None);
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("consumers", "show", "billing"));

        Assert.Contains($"billing is at {FakeScan.Key(1)}", _run.Output, StringComparison.Ordinal);
        Assert.Contains("Held by machine/1", _run.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("consumers", "show", "search"));
        Assert.Contains("There is no consumer 'search'", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reset_sets_the_position_back_takes_the_consumer_and_makes_one_that_is_not_there()
    {
        var held = await Consumers.TakeAsync(Billing, "machine/1", FakeScan.Key(9), CancellationToken.None);
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("consumers", "reset", "billing", "--after", $"{FakeScan.Key(3)}"));
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("consumers", "reset", "search", "--beginning"));
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("consumers", "reset", "reports", "--since", "2025-11-22T00:00:01Z"));

        var after = await FindAsync("billing");
        Assert.Equal((FakeScan.Key(3), ""), (after!.Position!.Value, after.Holder));
        Assert.NotEqual(held.Epoch, after.Epoch);
        Assert.Equal(default(EventKey), (await FindAsync("search"))!.Position);
        Assert.Equal(EventKey.FirstAt(FakeScan.Day + 1_000), (await FindAsync("reports"))!.Position!.Value.GetSuccessor());
    }

    [Fact]
    public async Task Delete_forgets_it()
    {
        await ResetAsync("billing", FakeScan.Key(1));
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("consumers", "delete", "billing"));
        Assert.Null(await FindAsync("billing"));
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("consumers", "delete", "billing"));
    }

    [Theory]
    [InlineData("consumers", "show", "a b")]
    [InlineData("consumers", "reset", "billing")]
    [InlineData("consumers", "reset", "billing", "--beginning", "--since", "1h")]
    [InlineData("consumers", "--count", "-1")]
    [InlineData("tail", "--consumer", "billing", "--last", "3")]
    [InlineData("tail", "--consumer", "billing", "--since", "1h")]
    [InlineData("tail", "--consumer", "/")]
    public async Task What_makes_no_sense_is_a_wrong_command_line(params string[] line)
    {
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync(line));
        Assert.Empty(await Consumers.ListAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_tail_of_a_consumer_goes_on_where_that_is_and_acknowledges_what_it_has_written()
    {
        await ResetAsync("billing", FakeScan.Key(2));
        var asked = new List<FollowStart>();
        _run.Store.OnFollow = start =>
        {
            asked.Add(start);
            return new[] { PageOf(7, 3, 5), PageOf(9, 8) }.ToAsyncEnumerable();
        };
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("tail", "--consumer", "billing", "--limit", "1"));
        Assert.Equal(FakeScan.Key(3), (await FindAsync("billing"))!.Position);
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("tail", "--consumer", "billing"));

        Assert.Equal([FollowStart.After(FakeScan.Key(2)), FollowStart.After(FakeScan.Key(3))], asked);
        Assert.Equal(FakeScan.Key(9), (await FindAsync("billing"))!.Position);
    }

    private static FollowPage PageOf(int position, params int[] offsets) => new(
        FakeScan.PageOf([.. offsets.Select(static n => (FakeScan.Key(n), "{}"u8.ToArray()))], [], [], isLast: false), FakeScan.Key(position),
        FakeScan.Key(position), []);

    private Task<ConsumerPosition?> FindAsync(string name) => Consumers.FindAsync(ConsumerName.Parse(name), CancellationToken.None);

    private Task ResetAsync(string name, EventKey position) => Consumers.ResetAsync(ConsumerName.Parse(name), null, position, CancellationToken.None);
}
