using System.Collections.Immutable;
using System.Text;
using AllData.Client.Connection;
using AllData.Client.Loading;
using AllData.Client.Output;
using AllData.Errors;
using AllData.Events;
using AllData.Putting;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Client;

public sealed class BatchSenderTests
{
    private readonly FakeStore _store = new();
    private readonly EagerTime _time = new();
    private readonly LoadTally _tally = new();
    private readonly StringWriter _error = new();

    [Fact]
    public async Task Every_attempt_uses_the_keys_of_the_first()
    {
        FailCalls(2, batch => _store.StoreAll(batch));
        await SendAsync("1", "2", "3");
        Assert.Equal(3, _store.Batches.Count);
        Assert.Single(_store.Batches.Select(batch => string.Join(' ', FakeStore.Read(batch).Select(e => e.Key))).Distinct());
        Assert.Equal((3L, 0L, 0L, 6L), Counts());
    }

    [Fact]
    public async Task An_attempt_whose_answer_was_lost_is_found_again_and_not_stored_twice()
    {
        FailCalls(1, batch => _store.StoreAll(batch), storeBeforeFailing: true);
        await SendAsync("1", "2");
        Assert.Equal(2, _store.Events.Count);
        Assert.Equal((0L, 2L, 0L, 2L), Counts());
    }

    [Fact]
    public async Task Only_the_events_that_may_succeed_are_sent_again()
    {
        var calls = 0;
        _store.OnPutMany = batch => Task.FromResult(calls++ == 0
            ? PackedResults.Of(FakeStore.Read(batch).Select(e => FirstAnswer(e.Key, e.Payload)))
            : _store.StoreAll(batch));
        await SendAsync("\"good\"", "\"final\"", "\"again\"");
        Assert.Equal([3, 1], _store.Batches.Select(batch => batch.Count));
        Assert.Equal("\"again\"", FakeStore.Read(_store.Batches.Last())[0].Payload.ToString());
        Assert.Equal((2L, 0L, 1L, 1L), Counts());
        Assert.Contains("Line 2: Taken.", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Attempts_are_bounded_and_the_reason_names_the_key()
    {
        _store.OnPutMany = _ => Task.FromException<PutResults>(new TimeoutException("No answer."));
        await SendAsync("1", "2");
        Assert.Equal(RetryRule.MaxAttempts, _store.Batches.Count);
        Assert.Equal((0L, 0L, 2L), (_tally.Counts.Stored, _tally.Counts.AlreadyStored, _tally.Counts.Failed));
        var key = FakeStore.Read(_store.Batches.First())[0].Key;
        Assert.Contains($"Line 1: No answer. It may be stored under key {key}.", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_keys_nothing_is_sent_and_every_line_fails()
    {
        _store.OnReserve = _ => Task.FromException<ImmutableArray<EventKey>>(new KeysUnavailableException("No ordinal."));
        await SendAsync("1", "2");
        Assert.Empty(_store.Batches);
        Assert.Equal((0L, 0L, 2L, 0L), Counts());
    }

    [Fact]
    public async Task The_hint_of_an_overloaded_store_is_waited_for()
    {
        var calls = 0;
        _store.OnPutMany = batch => calls++ == 0
            ? Task.FromException<PutResults>(new OverloadedException("Busy.", TimeSpan.FromSeconds(3)))
            : Task.FromResult(_store.StoreAll(batch));
        await SendAsync("1");
        Assert.Equal([TimeSpan.FromSeconds(3)], _time.Waits);
    }

    [Fact]
    public async Task What_is_unanswered_when_the_load_is_abandoned_fails_with_its_key()
    {
        var asked = new TaskCompletionSource();
        _store.OnPutMany = _ =>
        {
            asked.SetResult();
            return new TaskCompletionSource<PutResults>().Task;
        };
        using var abandon = new CancellationTokenSource();
        var sending = Sender().SendAsync(Lines("1"), abandon.Token);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await abandon.CancelAsync();
        await sending.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(1, _tally.Counts.Failed);
        Assert.Contains("It may be stored under key", _error.ToString(), StringComparison.Ordinal);
    }

    private PutResult FirstAnswer(EventKey key, EventPayload payload) => payload.ToString() switch
    {
        "\"final\"" => new PutResult(null, new KeyConflictException("Taken.", new KeyConflict(key, default, default))),
        "\"again\"" => new PutResult(null, new PutOutcomeUnknownException("Late.", [], [], key)),
        _ => new PutResult(_store.Store(key, payload), null),
    };

    private void FailCalls(int count, Func<EventBatch, PutResults> then, bool storeBeforeFailing = false)
    {
        var calls = 0;
        _store.OnPutMany = batch =>
        {
            if (calls++ >= count)
            {
                return Task.FromResult(then(batch));
            }

            _ = storeBeforeFailing ? _store.StoreAll(batch) : null;
            return Task.FromException<PutResults>(new TimeoutException("No answer."));
        };
    }

    private async Task SendAsync(params string[] lines) =>
        await Sender().SendAsync(Lines(lines), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));

    private BatchSender Sender()
    {
        var terminal = Terminal.Of(Stream.Null, Stream.Null, _error);
        var ledger = new LoadLedger(_tally, new ReceiptsFile(null), new RejectsFile(null), terminal);
        return new BatchSender(_store.Grains, new RetryRule(new Random(1)), new PutOptions(), _time, ledger);
    }

    private static List<EventLine> Lines(params string[] lines) =>
        [.. lines.Select(static (text, i) => new EventLine(i + 1, Encoding.UTF8.GetBytes(text), LineEnding.LineFeed))];

    private (long Stored, long AlreadyStored, long Failed, long Retried) Counts() =>
        (_tally.Counts.Stored, _tally.Counts.AlreadyStored, _tally.Counts.Failed, _tally.Counts.Retried);
}
