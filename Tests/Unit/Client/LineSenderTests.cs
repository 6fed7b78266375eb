using System.Collections.Immutable;
using System.Text;
using AllData.Client.Put;
using AllData.Client.Terminals;
using AllData.Errors;
using AllData.Events;
using AllData.Puts;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Client;

/// <summary>What becomes of the lines of a load: one entry each, whatever the answers.</summary>
public sealed class LineSenderTests : IDisposable
{
    private static readonly EventKey Given = EventKey.Parse("20231114T221320000000150001");

    private readonly FakeStore _store = new();
    private readonly EagerTime _time = new() { TakesTime = true };
    private readonly LoadTally _tally = new();
    private readonly StringWriter _error = new();
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Every_attempt_uses_the_keys_of_the_first()
    {
        FailCalls(2, batch => _store.StoreAll(batch));
        await SendAsync("1", "2", "3");
        Assert.Equal(3, _store.Batches.Count);
        Assert.Single(_store.Batches.Select(batch => string.Join(' ', FakeStore.Read(batch).Select(e => e.Key))).Distinct());
        Assert.Equal((3L, 0L, 0L, 0L, 6L), Counts());
    }

    [Fact]
    public async Task An_attempt_whose_answer_was_lost_is_found_again_and_not_stored_twice()
    {
        FailCalls(1, batch => _store.StoreAll(batch), storeBeforeFailing: true);
        await SendAsync("1", "2");
        Assert.Equal(2, _store.Events.Count);
        Assert.Equal((0L, 2L, 0L, 0L, 2L), Counts());
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
        Assert.Equal((2L, 0L, 1L, 0L, 1L), Counts());
        Assert.Contains("Line 2: Taken.", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Attempts_are_bounded_and_what_may_be_stored_is_kept_with_its_key_and_can_be_put_again()
    {
        _store.OnPutMany = _ => Task.FromException<PutResults>(new TimeoutException("No answer."));
        var path = Path.Combine(_directory.Path, "unknown");
        await using (var unknown = new LineFile(path))
        {
            await SendAsync(unknown, Lines("{\"n\":1}", "2"));
        }

        Assert.Equal((0L, 0L, 0L, 2L), (_tally.Counts.Stored, _tally.Counts.AlreadyStored, _tally.Counts.Failed, _tally.Counts.Unknown));
        var sent = FakeStore.Read(_store.Batches.First());
        Assert.Equal(sent.Select(e => $"{{\"key\":\"{e.Key}\",\"event\":{e.Payload}}}"), await File.ReadAllLinesAsync(path));
        Assert.Contains($"It may be stored under key {sent[0].Key}.", _error.ToString(), StringComparison.Ordinal);
        foreach (var (line, e) in (await File.ReadAllLinesAsync(path)).Zip(sent))
        {
            Assert.Null(KeyedLine.Parse(Lines(line)[0], topic: null, out var keyed));
            Assert.Equal((e.Key, e.Payload.ToString()), (keyed.Key!.Value, Encoding.UTF8.GetString(keyed.Event)));
        }
    }

    [Fact]
    public async Task Without_keys_nothing_is_sent_and_every_line_fails_as_not_written()
    {
        _store.OnReserve = _ => Task.FromException<ImmutableArray<EventKey>>(new KeysUnavailableException("No ordinal."));
        await SendAsync("1", "2");
        Assert.Empty(_store.Batches);
        Assert.Equal((0L, 0L, 2L, 0L), (_tally.Counts.Stored, _tally.Counts.AlreadyStored, _tally.Counts.Failed, _tally.Counts.Unknown));
    }

    [Fact]
    public async Task Lines_with_keys_are_put_under_them()
    {
        await SendAsync(new LineFile(null), [Keyed("1"), Keyed("\"two\"", sequence: 2)]);
        Assert.Equal((2L, 0L, 0L, 0L, 0L), Counts());
        Assert.Equal("1", _store.Events[Given].ToString());
    }

    [Fact]
    public async Task What_is_unanswered_when_the_load_is_abandoned_is_told_with_its_key_and_what_comes_later_as_not_written()
    {
        var asked = new TaskCompletionSource();
        _store.OnPutMany = _ =>
        {
            asked.TrySetResult();
            return new TaskCompletionSource<PutResults>().Task;
        };
        await using var client = new AllDataClient(_store.Grains, new AllDataClientOptions());
        var sender = Sender(client, new LineFile(null));
        var sending = sender.SendAsync(Lines("1"));
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await sender.AbandonAsync().WaitAsync(TimeSpan.FromSeconds(10));
        await sending.WaitAsync(TimeSpan.FromSeconds(10));
        await sender.SendAsync(Lines("2")).WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal((1L, 1L), (_tally.Counts.Unknown, _tally.Counts.Failed));
        Assert.Contains("It may be stored under key", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("Nothing was written.", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"event":1}""", "no key")]
    [InlineData("""{"key":"20231114T221320000000150001"}""", "no event")]
    [InlineData("""{"key":"2023","event":1}""", "27 characters")]
    [InlineData("""{"key":"20231114T221320000000150001","event":1,"other":2}""", "'other'")]
    [InlineData("[1]", "not an object")]
    [InlineData("{", "not JSON")]
    public void A_line_without_its_key_is_refused_with_what_is_expected(string line, string part) =>
        Assert.Contains(part, KeyedLine.Parse(Lines(line)[0], topic: null, out _), StringComparison.Ordinal);

    [Fact]
    public void A_line_with_a_topic_is_put_with_that_topic_or_not_at_all()
    {
        var line = Lines($$"""{"key":"{{Given}}","topic":"orders","event":1}""")[0];
        Assert.Null(KeyedLine.Parse(line, Topic.Parse("orders"), out var keyed));
        Assert.Equal(Given, keyed.Key);
        Assert.Contains("--topic", KeyedLine.Parse(line, topic: null, out _), StringComparison.Ordinal);
        Assert.Contains("--topic", KeyedLine.Parse(line, Topic.Parse("other"), out _), StringComparison.Ordinal);
        Assert.Contains("not valid", KeyedLine.Parse(Lines("""{"topic":" "}""")[0], topic: null, out _), StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_of_a_scan_is_a_line_with_a_key()
    {
        Assert.Null(KeyedLine.Parse(Lines($$"""{"key":"{{Given}}","base64":"/w==","conflict":true}""")[0], topic: null, out var line));
        Assert.Equal(Given, line.Key);
        Assert.Equal([0xFF], line.Event);
        Assert.Equal($$"""{"key":"{{Given}}","base64":"/w=="}""" + "\n", Encoding.UTF8.GetString(KeyedLine.Write(Given, line.Event)));
    }

    private static EventLine Keyed(string payload, int sequence = 1)
    {
        var key = EventKey.Create(Given.UnixMilliseconds, Given.Ordinal, Given.Sequence + sequence - 1);
        return new EventLine(sequence, [], LineEnding.LineFeed) { Key = key, Payload = Encoding.UTF8.GetBytes(payload) };
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

    private Task SendAsync(params string[] lines) => SendAsync(new LineFile(null), Lines(lines));

    private async Task SendAsync(LineFile unknown, IReadOnlyList<EventLine> lines)
    {
        await using var client = new AllDataClient(_store.Grains, new AllDataClientOptions(), _time, new Random(1));
        _tally.CountRetried = () => client.Retried;
        await Sender(client, unknown).SendAsync(lines).WaitAsync(TimeSpan.FromSeconds(30));
    }

    private LineSender Sender(AllDataClient client, LineFile unknown)
    {
        var terminal = Terminal.Of(Stream.Null, Stream.Null, _error);
        return new LineSender(client, null, new LoadLedger(_tally, new ReceiptsFile(null), new LineFile(null), unknown, terminal));
    }

    private static List<EventLine> Lines(params string[] lines) =>
        [.. lines.Select(static (text, i) => new EventLine(i + 1, Encoding.UTF8.GetBytes(text), LineEnding.LineFeed))];

    private (long Stored, long AlreadyStored, long Failed, long Unknown, long Retried) Counts() =>
        (_tally.Counts.Stored, _tally.Counts.AlreadyStored, _tally.Counts.Failed, _tally.Counts.Unknown, _tally.Counts.Retried);
}
