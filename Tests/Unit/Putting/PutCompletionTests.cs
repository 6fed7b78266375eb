using AllData.Batching;
using AllData.Errors;
using AllData.Events;
using AllData.Puts;
using AllData.Replication;

namespace AllData.Tests.Unit.Putting;

public sealed class PutCompletionTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly RecordedSink _sink = new();
    private readonly PutCompletion _settlement = new(new RetryRule(new Random(1), int.MaxValue), new AllDataClientOptions { Timeout = Timeout });

    public static TheoryData<string, Exception, double, double> Pauses => new()
    {
        { "a lost gateway: at once", new TimeoutException(), 0, 0 },
        { "overload: as it says", new OverloadedException("x", TimeSpan.FromSeconds(2)), 2, 2 },
        { "unknown: a pause", new PutOutcomeUnknownException("x", [], []), 0.05, 0.1 },
        { "no keys there: a pause", new KeysUnavailableException("x"), 0.05, 0.1 },
        { "level: a pause", new CommitLevelNotReachedException("x", 2, [], []), 0.05, 0.1 },
    };

    [Theory]
    [MemberData(nameof(Pauses))]
    public void What_may_succeed_is_sent_again_under_its_keys_after_its_pause(string name, Exception failure, double least, double most)
    {
        var again = _settlement.OnFailed(_sink.Sent(2), failure, TimeSpan.Zero);
        Assert.True(again is not null, name);
        Assert.InRange(again.NotBefore.TotalSeconds, least, most);
        Assert.Equal(RecordedSink.KeyOf(1), again.KeyAt(1));
        Assert.Empty(_sink.Settled);
    }

    public static TheoryData<string, Exception, Exception, Type> LastWords => new()
    {
        { "refused", new OverloadedException("x", default), new InvalidEventException("x"), typeof(InvalidEventException) },
        { "conflict", new TimeoutException(), new KeyConflictException("x", new KeyConflict(RecordedSink.KeyOf(0), default, default)),
            typeof(KeyConflictException) },
        { "few peers", new OverloadedException("x", default), new NotEnoughPeersException("x", 3, 1), typeof(NotEnoughPeersException) },
        { "few peers after a lost answer", new TimeoutException(), new NotEnoughPeersException("x", 3, 1), typeof(PutOutcomeUnknownException) },
        { "overloaded in the end", new OverloadedException("x", default), new OverloadedException("x", Timeout), typeof(OverloadedException) },
        { "overloaded after a lost answer", new TimeoutException(), new OverloadedException("x", Timeout), typeof(PutOutcomeUnknownException) },
        { "lost in the end", new OverloadedException("x", default), new TimeoutException(), typeof(PutOutcomeUnknownException) },
    };

    [Theory]
    [MemberData(nameof(LastWords))]
    public void What_is_final_is_told_with_the_key_and_never_says_that_nothing_was_written_after_a_lost_answer(
        string name, Exception first, Exception last, Type expected)
    {
        var again = _settlement.OnFailed(_sink.Sent(1), first, TimeSpan.Zero)!;
        again.Attempt++;
        Assert.Null(_settlement.OnFailed(again, last, Timeout - TimeSpan.FromTicks(1)));
        var error = SettledError(0);
        Assert.True(expected == error.GetType(), $"{name}: {error}");
        Assert.Equal(RecordedSink.KeyOf(0), error.Key);
    }

    [Fact]
    public void Without_keys_nothing_has_left_and_the_last_word_says_so()
    {
        var again = _settlement.OnFailed(_sink.Sent(1, withKeys: false), new TimeoutException(), TimeSpan.Zero)!;
        again.Attempt++;
        Assert.Null(_settlement.OnFailed(again, new TimeoutException(), Timeout));
        Assert.Equal(WrittenState.Nothing, Assert.IsType<OverloadedException>(SettledError(0)).Written);
    }

    [Fact]
    public void A_batch_that_no_lane_took_in_time_is_told_what_is_known()
    {
        _settlement.OnExpired(_sink.Sent(1, withKeys: false));
        Assert.IsType<OverloadedException>(SettledError(0));
        _sink.Settled.Clear();
        var again = _settlement.OnFailed(_sink.Sent(1), new TimeoutException("Lost."), TimeSpan.Zero)!;
        _settlement.OnExpired(again);
        Assert.Contains("Lost.", Assert.IsType<PutOutcomeUnknownException>(SettledError(0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_that_only_earlier_gateways_would_take_is_told_so_however_its_time_ended()
    {
        var again = _settlement.OnFailed(_sink.Sent(1, withKeys: false), new TopicsNotSupportedException("Early."), TimeSpan.Zero)!;
        _settlement.OnExpired(again);
        Assert.Equal(("Early.", WrittenState.Nothing), Assert.IsType<TopicsNotSupportedException>(SettledError(0)) is var e ? (e.Message, e.Written) : default);
    }

    [Fact]
    public void Each_event_of_a_batch_has_its_own_end()
    {
        var late = PutAnswer.Failed(new PutOutcomeUnknownException("Late.", [], []));
        var results = PutResults.Pack(
        [
            (RecordedSink.KeyOf(0), new PutAnswer { Level = CommitLevel.All }),
            (RecordedSink.KeyOf(1), late),
            (RecordedSink.KeyOf(2), PutAnswer.Failed(new InvalidEventException("Empty."))),
            (RecordedSink.KeyOf(3), late),
        ]);
        var again = _settlement.OnAnswered(_sink.Sent(4), results, TimeSpan.Zero)!;
        Assert.Equal([0, 2], _sink.Settled.Keys.Order());
        Assert.Equal(CommitLevel.All, _sink.Settled[0].Answer.Level);
        Assert.IsType<InvalidEventException>(SettledError(2));
        Assert.Equal([RecordedSink.KeyOf(1), RecordedSink.KeyOf(3)], [again.KeyAt(0)!.Value, again.KeyAt(1)!.Value]);
        Assert.True(again.MayBeWritten(0) && again.MayBeWritten(1));
    }

    [Fact]
    public void What_was_perhaps_written_is_not_told_as_nothing_because_others_of_the_batch_were_refused()
    {
        var results = PutResults.Pack(
        [
            (RecordedSink.KeyOf(0), PutAnswer.Failed(new PutOutcomeUnknownException("Late.", [], []))),
            (RecordedSink.KeyOf(1), PutAnswer.Failed(new OverloadedException("Busy.", default))),
        ]);
        _settlement.OnExpired(_settlement.OnAnswered(_sink.Sent(2), results, TimeSpan.Zero)!);
        Assert.IsType<PutOutcomeUnknownException>(SettledError(0));
    }

    [Fact]
    public void An_answer_for_another_number_of_events_is_no_answer()
    {
        var again = _settlement.OnAnswered(_sink.Sent(2), PutResults.Pack([(RecordedSink.KeyOf(0), new PutAnswer())]), TimeSpan.Zero);
        Assert.Equal(2, again!.Count);
        Assert.Empty(_sink.Settled);
    }

    [Fact]
    public void A_pause_that_would_end_after_the_puts_time_is_not_begun()
    {
        var overloaded = new OverloadedException("x", TimeSpan.FromSeconds(3));
        Assert.NotNull(_settlement.PauseAfter(overloaded, _sink.Sent(1), Timeout - TimeSpan.FromSeconds(4)));
        Assert.Null(_settlement.PauseAfter(overloaded, _sink.Sent(1), Timeout - TimeSpan.FromSeconds(2)));
    }

    private PutException SettledError(int index) => _sink.Settled[index].Answer.ErrorFor(_sink.Settled[index].Key)!;
}
