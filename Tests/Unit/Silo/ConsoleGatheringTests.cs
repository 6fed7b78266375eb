using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using AllData.Certificates;
using AllData.Errors;
using AllData.Intervals;
using AllData.Peers;
using AllData.Replicas;
using AllData.Silo.Http.Console;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Silo;

/// <summary>The console asks silos once for all that look, only while there are any, and waits for none that is silent.</summary>
public sealed class ConsoleGatheringTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _time = new(ConsoleCluster.Noon);
    private readonly ConsoleCluster _cluster = new();
    private readonly ConsoleGathering _gathering;
    private readonly ConsoleRounds _rounds;

    public ConsoleGatheringTests() => (_gathering, _rounds) =
        (new ConsoleGathering(_cluster, _time, NullLogger<ConsoleGathering>.Instance), new ConsoleRounds(_cluster, _time));

    [Fact]
    public async Task Nothing_is_asked_before_a_page_is_open_and_after_the_last_is_closed()
    {
        Assert.Equal((0, false), (_cluster.Questions, _gathering.IsRunning));

        using (_gathering.TryEnter(isOperator: true))
        {
            await NextAsync();
        }

        await Eventually.IsAsync("the gathering ends", () => Advance(_gathering.IsRunning), static running => !running);
        var asked = _cluster.Questions;
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(asked, _cluster.Questions);
    }

    [Fact]
    public async Task Many_pages_cost_as_many_questions_as_one()
    {
        var places = Enumerable.Range(0, 20).Select(_ => _gathering.TryEnter(isOperator: false)).ToList();
        var seen = await Task.WhenAll(places.Select(_ => NextAsync()));

        Assert.All(seen, static page => Assert.Equal(["map", "puts", "owed", "intervals", "decisions", "conditions", "at"], page.Keys));
        Assert.Equal(6, _cluster.Questions);
        places.ForEach(static place => place!.Dispose());
    }

    [Fact]
    public async Task What_has_not_changed_is_not_sent_again()
    {
        using var place = _gathering.TryEnter(isOperator: true);
        await using var pages = _gathering.ReadAsync(CancellationToken.None).GetAsyncEnumerator();
        await pages.MoveNextAsync();

        _cluster.Kill("west-c");
        var next = pages.MoveNextAsync().AsTask();
        await Eventually.IsAsync("the next round", () => Advance(next.IsCompleted), static done => done);

        Assert.Equal(["map", "owed", "decisions", "at"], SectionsOf(pages.Current).Keys);
    }

    [Fact]
    public void Places_are_bounded_and_readers_leave_some_to_operators()
    {
        var readers = Enumerable.Range(0, ConsoleGathering.MaxReaders).Select(_ => _gathering.TryEnter(isOperator: false)).ToList();
        Assert.All(readers, static place => Assert.NotNull(place));
        Assert.Null(_gathering.TryEnter(isOperator: false));

        var operators = Enumerable.Range(ConsoleGathering.MaxReaders, ConsoleGathering.MaxViewers - ConsoleGathering.MaxReaders).Select(_ =>
            _gathering.TryEnter(isOperator: true)).ToList();
        Assert.All(operators, static place => Assert.NotNull(place));
        Assert.Null(_gathering.TryEnter(isOperator: true));

        operators[0]!.Dispose();
        operators[0]!.Dispose();
        Assert.Equal(ConsoleGathering.MaxViewers - 1, _gathering.Viewers);
        readers.Concat(operators).ToList().ForEach(static place => place!.Dispose());
        Assert.Equal(0, _gathering.Viewers);
    }

    [Fact]
    public async Task Certificates_are_asked_for_from_the_first_interval_that_is_shown_and_kept_when_they_cannot_be_read()
    {
        var hour = Interval.Containing(ConsoleCluster.Noon.ToUnixTimeMilliseconds(), TimeSpan.FromHours(1));
        var asked = new List<(Interval From, int Count)>();
        _cluster.OnFigures = (peer, _) => Task.FromResult(ConsoleCluster.FiguresOf(peer) with
        {
            Intervals = [new StoredInterval(hour, IntervalState.Closed, 1, 1, 1, default, "", null)],
        });
        _cluster.OnSealed = (from, count) =>
        {
            asked.Add((from, count));
            return asked.Count > 1
                ? throw new CertificateException("It cannot be read.")
                : Task.FromResult<ImmutableArray<CertifiedInterval>>([new CertifiedInterval(hour, 1, CertificateState.Complete, 1, 0, default, 0)]);
        };

        for (var round = 0; round < 20; round++)
        {
            await AskAsync();
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.All(asked, question => Assert.Equal((hour, IntervalStrip.MaxRows), question));
        Assert.InRange(asked.Count, 2, 5);
        Assert.Equal(CertificateState.Complete, (await AskAsync()).Sealed[hour].State);
    }

    [Fact]
    public async Task A_silo_that_hangs_is_silent_after_a_second_is_not_asked_again_meanwhile_and_holds_up_no_round()
    {
        var hung = PeerId.Parse("west-c");
        var answer = new TaskCompletionSource<PeerFigures>();
        var asked = new ConcurrentBag<PeerId>();
        _cluster.OnFigures = (peer, _) =>
        {
            asked.Add(peer);
            return peer == hung ? answer.Task : Task.FromResult(ConsoleCluster.FiguresOf(peer));
        };

        var first = _rounds.AskAsync();
        await Eventually.IsAsync("the round ends", () => Advance(first.IsCompleted), static done => done);
        Assert.Equal((false, 1), ((await first).IsAnswering(hung), (await first).AnswerOf(hung).Rounds));

        // Without time passing: it is not waited for.
        var second = await AskAsync();
        Assert.Equal(2, second.AnswerOf(hung).Rounds);
        Assert.Single(asked, hung);

        answer.SetResult(ConsoleCluster.FiguresOf(hung));
        await Eventually.IsAsync("the late answer is seen", async () => (await AskAsync()).IsAnswering(hung), static seen => seen);
    }

    [Fact]
    public async Task A_silo_that_fails_is_silent_with_the_reason_and_keeps_what_it_said_before()
    {
        await AskAsync();
        _cluster.OnFigures = static (peer, _) => peer.Value == "west-c"
            ? throw new InvalidOperationException("The connection broke.") : Task.FromResult(ConsoleCluster.FiguresOf(peer));

        var facts = await AskAsync();

        Assert.Equal("The connection broke.", facts.AnswerOf(PeerId.Parse("west-c")).Silence);
        Assert.NotNull(facts.AnswerOf(PeerId.Parse("west-c")).Figures);
    }

    [Fact]
    public async Task A_round_asks_a_bounded_number_of_silos_and_each_gets_its_turn()
    {
        var peers = Enumerable.Range(0, 2_500).Select(static n => new PeerDescriptor(
            PeerId.Parse($"p-{n}"), new PeerLocation($"r{n % 5}", $"z{n % 25}"), PeerStatus.Active, true, n + 1, Guid.NewGuid(), "")).ToList();
        var own = _cluster.Topology.Own with { Peers = [.. peers] };
        _cluster.Topology = _cluster.Topology with { Own = own, Store = own, Hosted = peers.Select(static p => p.Id).ToFrozenSet() };

        var facts = await AskAsync();
        Assert.Equal(ConsoleRounds.MaxQuestions, _cluster.Questions);
        for (var round = 1; round < 10; round++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            facts = await AskAsync();
        }

        Assert.Equal(2_500, facts.Answers.Count);
        var map = JsonSerializer.SerializeToUtf8Bytes(ClusterMap.Of(facts), AllData.Silo.Http.Documents.Options);
        Assert.InRange(map.Length, 100_000, 400_000);
    }

    private T Advance<T>(T observed)
    {
        _time.Advance(TimeSpan.FromMilliseconds(250));
        return observed;
    }

    private Task<ClusterFacts> AskAsync() => _rounds.AskAsync().WaitAsync(Bound);

    private async Task<Dictionary<string, JsonElement>> NextAsync()
    {
        await foreach (var bytes in _gathering.ReadAsync(CancellationToken.None))
        {
            return SectionsOf(bytes);
        }

        throw new InvalidOperationException("It ended.");
    }

    private static Dictionary<string, JsonElement> SectionsOf(byte[] bytes) => Encoding.UTF8.GetString(bytes)
        .Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(static e => e.Split('\n'))
        .ToDictionary(static e => e[0]["event: ".Length..], static e => JsonElement.Parse(e[1]["data: ".Length..]));
}
