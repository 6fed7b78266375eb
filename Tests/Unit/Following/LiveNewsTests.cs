using System.Collections.Immutable;
using AllData.Encryption;
using AllData.Following.Live;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace AllData.Tests.Unit.Following;

/// <summary>What a silo tells others of the blocks that it has acknowledged.</summary>
public sealed class LiveNewsTests
{
    private static readonly PeerId Reader = PeerId.Parse("west-c");

    private readonly SteppedTime _time = new(DateTimeOffset.UnixEpoch);
    private readonly List<ImmutableArray<BlockBytes>> _told = [];
    private readonly Lock _gate = new();
    private TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LiveNews _news;

    public LiveNewsTests()
    {
        var grains = GrainStub.Of<IGrainFactory>((_, _) => GrainStub.Of<ILiveNewsGrain>((_, args) => TellAsync((ImmutableArray<BlockBytes>)args[0]!)));
        var own = new LiveFeed(new FakeLiveSources(), PayloadKeyFiles.None, _time, NullLogger<LiveFeed>.Instance);
        _news = new LiveNews(own, grains, _time, NullLogger<LiveNews>.Instance);
    }

    [Fact]
    public async Task A_silo_is_told_one_message_at_a_time_with_all_that_has_come_meanwhile()
    {
        _news.Subscribe(Reader);
        Block[] blocks = [.. Enumerable.Range(0, 4).Select(static n => TestBlocks.One(n))];
        _news.OnAcknowledged(blocks[0]);
        await UntilToldAsync(1);
        foreach (var block in blocks[1..])
        {
            _news.OnAcknowledged(block);
        }

        Assert.Equal(blocks[0].Bytes, Assert.Single(Assert.Single(Told())));
        _answer.SetResult();
        await UntilToldAsync(2);
        Assert.Equal(blocks[1..].Select(static b => b.Bytes), Told()[1].AsEnumerable());
    }

    [Fact]
    public async Task Silos_that_have_not_asked_are_told_nothing_and_one_that_asks_no_more_only_for_a_while()
    {
        _answer.SetResult();
        _news.OnAcknowledged(TestBlocks.One(1));
        _news.Subscribe(Reader);
        _time.Advance(LiveNews.Lease);
        var (told, other) = (TestBlocks.One(2), TestBlocks.One(3));
        _news.OnAcknowledged(told);
        await UntilToldAsync(1);

        _news.Subscribe(Reader);
        _time.Advance(LiveNews.Lease + TimeSpan.FromSeconds(1));
        _news.OnAcknowledged(TestBlocks.One(4));
        _news.Subscribe(Reader);
        _news.OnAcknowledged(other);
        await UntilToldAsync(2);
        Assert.Equal([told.Bytes, other.Bytes], Told().SelectMany(static m => m));
    }

    [Fact]
    public async Task A_silo_that_hangs_is_left_out_until_it_asks_again()
    {
        _news.Subscribe(Reader);
        _news.OnAcknowledged(TestBlocks.One(1));
        await UntilToldAsync(1);
        _news.OnAcknowledged(TestBlocks.One(2));

        // What waited for it is forgotten.
        Answer();
        var next = TestBlocks.One(3);
        await Eventually.Holds(
            "it is told again",
            TimeSpan.FromSeconds(30),
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                _news.Subscribe(Reader);
                _news.OnAcknowledged(next);
                return Told().Any(m => m.Contains(next.Bytes));
            },
            () => $"{Told().Count} messages");
        Assert.Equal([next.Bytes], Told().Skip(1).SelectMany(static m => m).Distinct());
    }

    [Fact]
    public async Task A_block_that_is_larger_than_all_that_may_wait_is_told_when_nothing_does()
    {
        var listener = new LiveListener(Reader, TellAsync, _time);
        listener.Offer(TestBlocks.Of((TestBlocks.Key(1), new string('x', (int)LiveListener.MostBytes))).Bytes);
        await UntilToldAsync(1);
        Assert.Equal(0, listener.Lost);
    }

    [Fact]
    public async Task What_waits_for_a_silo_is_bounded_and_what_does_not_fit_is_counted()
    {
        var listener = new LiveListener(Reader, TellAsync, _time);
        var large = TestBlocks.Of((TestBlocks.Key(1), new string('x', 1 << 19))).Bytes;
        var fits = (int)(LiveListener.MostBytes / large.Bytes.Length);
        listener.Offer(TestBlocks.One(0).Bytes);
        await UntilToldAsync(1);
        for (var i = 0; i < fits + 3; i++)
        {
            listener.Offer(large);
        }

        Assert.Equal(3, listener.Lost);
        var first = _answer;
        Answer();
        first.SetResult();
        await Eventually.Holds(
            "all that fitted is told", TimeSpan.FromSeconds(30), () => Told().Sum(static m => m.Length) == fits + 1, () => $"{Told().Count}");
        Assert.All(Told(), static m => Assert.InRange(m.Sum(static b => (long)b.Bytes.Length), 1, 2 << 20));
    }

    private List<ImmutableArray<BlockBytes>> Told()
    {
        lock (_gate)
        {
            return [.. _told];
        }
    }

    private Task TellAsync(ImmutableArray<BlockBytes> blocks)
    {
        lock (_gate)
        {
            _told.Add(blocks);
            return _answer.Task;
        }
    }

    // From now on each message is answered; those before are not.
    private void Answer()
    {
        lock (_gate)
        {
            _answer = new TaskCompletionSource();
            _answer.SetResult();
        }
    }

    private Task UntilToldAsync(int messages) =>
        Eventually.Holds("it is told", TimeSpan.FromSeconds(30), () => Told().Count >= messages, () => $"{Told().Count} messages");
}
