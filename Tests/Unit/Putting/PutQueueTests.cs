using AllData.Batching.Queueing;
using AllData.Events;
using AllData.Replication;

namespace AllData.Tests.Unit.Putting;

public sealed class PutQueueTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly PutOptions All = new() { Level = CommitLevel.All };

    private readonly RecordedSink _sink = new();
    private readonly PutQueue _queue = new(maxEvents: 3, maxBytes: 100, maxAge: Second);

    /// <summary>Sizes of events as they come, level ALL marked with an exclamation mark, and the batches that they make.</summary>
    [Theory]
    [InlineData("1 1", "1+1")]
    [InlineData("1 1 1 1 1 1 1", "1+1+1 1+1+1 1")]
    [InlineData("40 28 1", "40+28 1")]
    [InlineData("40 29 1", "40 29+1")]
    [InlineData("1 1! 1 1!", "1+1 1!+1!")]
    [InlineData("1 1! 1 1 1 1!", "1+1+1 1!+1! 1")]
    public void Events_that_ask_for_the_same_share_a_batch_within_its_bounds(string events, string batches)
    {
        foreach (var one in events.Split(' '))
        {
            _queue.Add(_sink.Item(0, int.Parse(one.TrimEnd('!'))), one.EndsWith('!') ? All with { } : null, TimeSpan.Zero);
        }

        Assert.Equal(batches, string.Join(' ', TakeAll(TimeSpan.Zero).Select(Show)));
    }

    [Fact]
    public void More_kinds_of_puts_than_batches_are_kept_open_part_batches_and_lose_nothing()
    {
        var kinds = Enumerable.Range(0, PutQueue.OpenBatches + 1).Select(static zones => new PutOptions { MinZones = zones }).ToList();
        kinds.Concat(kinds).ToList().ForEach(kind => _queue.Add(_sink.Item(0), kind, TimeSpan.Zero));
        Assert.Equal(kinds.Count * 2, TakeAll(TimeSpan.Zero).Sum(static batch => batch.Count));
    }

    [Fact]
    public void What_is_sent_again_goes_first_as_soon_as_its_pause_is_over()
    {
        _queue.Add(_sink.Item(0), null, TimeSpan.Zero);
        var again = _sink.Sent(2);
        again.NotBefore = Second;
        _queue.Return(again);
        Assert.NotSame(again, _queue.Peek(TimeSpan.Zero));
        Assert.Equal(Second, _queue.NextPauseEnd(TimeSpan.Zero));
        Assert.Same(again, _queue.Peek(Second));
        Assert.Null(_queue.NextPauseEnd(Second));
        Assert.Equal([2, 1], TakeAll(Second).Select(static batch => batch.Count));
    }

    [Fact]
    public void What_has_waited_too_long_is_taken_out_wherever_it_waits()
    {
        _queue.Add(_sink.Item(0), null, Second);
        _queue.Add(_sink.Item(1), All, Second * 3);
        var again = _sink.Sent(2);
        again.NotBefore = Second * 9;
        _queue.Return(again);
        Assert.Null(_queue.TakeExpired(TimeSpan.Zero));
        Assert.Same(again, _queue.TakeExpired(Second));
        Assert.Equal(Second, _queue.TakeExpired(Second * 2)!.Since);
        Assert.Null(_queue.TakeExpired(Second * 3));
        Assert.Single(TakeAll(Second * 3));
    }

    [Fact]
    public void An_event_does_not_join_a_batch_so_old_that_its_own_time_would_be_over_too_soon()
    {
        _queue.Add(_sink.Item(0), null, TimeSpan.Zero);
        _queue.Add(_sink.Item(1), null, Second);
        _queue.Add(_sink.Item(2), null, Second * 1.5);
        Assert.Equal([TimeSpan.Zero, Second * 1.5], TakeAll(Second * 2).Select(static batch => batch.Since));
    }

    [Fact]
    public void An_event_never_joins_a_batch_that_has_left()
    {
        _queue.Add(_sink.Item(0), null, TimeSpan.Zero);
        var left = TakeAll(TimeSpan.Zero).Single();
        _queue.Add(_sink.Item(1), null, TimeSpan.Zero);
        Assert.Equal(1, left.Count);
        Assert.Equal(1, TakeAll(TimeSpan.Zero).Single().Count);
    }

    private List<PutBatch> TakeAll(TimeSpan now)
    {
        var taken = new List<PutBatch>();
        while (_queue.Peek(now) is { } batch)
        {
            _queue.Remove(batch);
            taken.Add(batch);
        }

        Assert.True(_queue.IsEmpty);
        return taken;
    }

    private static string Show(PutBatch batch) => string.Join(
        '+', Enumerable.Range(0, batch.Count).Select(i => $"{batch.ItemAt(i).PackedSize - PackedEvent.Overhead}{(batch.Options is null ? "" : "!")}"));
}
