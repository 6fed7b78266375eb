using System.Net;
using AllData.Errors;
using AllData.Events;
using AllData.Puts;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

public sealed class BatchSenderTests : IAsyncLifetime
{
    private static readonly PutAnswer Stored = new();
    private static readonly PutAnswer Unknown = PutAnswer.Failed(new PutOutcomeUnknownException("The deadline passed.", [], []));
    private static readonly PutAnswer Overloaded = PutAnswer.Failed(new OverloadedException("Full.", TimeSpan.FromMilliseconds(1)));

    private HttpSilo _silo = null!;

    public async Task InitializeAsync() => _silo = await StartAsync(patience: "00:10:00");

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    [Fact]
    public async Task A_batch_that_the_store_has_no_room_for_is_put_again_under_the_same_keys()
    {
        var attempts = 0;
        _silo.Store.OnPutMany = batch => ++attempts < 3 ? throw Overloaded.Error! : Task.FromResult(FakeEventStore.AllStored(batch));

        var (status, report) = await PostAsync("1\n2\n");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("\"stored\":2,", report);
        Assert.Equal(3, _silo.Store.Batches.Count);
        Assert.Single(_silo.Store.Batches.Select(batch => Convert.ToHexString(batch.Records.Span)).Distinct());
    }

    [Fact]
    public async Task A_store_that_stays_overloaded_fails_the_lines_when_patience_ends()
    {
        await using var silo = await StartAsync(patience: "00:00:00.3");
        silo.Store.OnPutMany = _ => throw Overloaded.Error!;

        var (status, report) = await PostAsync("1\n2\n", silo: silo);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("\"failed\":2,", report);
        Assert.Contains("urn:alldata:problem:overloaded", report);

        // Each pause is 10 ms or more.
        Assert.InRange(silo.Store.Batches.Count, 1, 31);
    }

    [Fact]
    public async Task A_hint_beyond_the_patience_is_not_waited_for()
    {
        _silo.Store.OnPutMany = _ => throw new OverloadedException("Full.", TimeSpan.FromHours(1));

        var (status, _) = await PostAsync("1\n");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Single(_silo.Store.Batches);
    }

    [Fact]
    public async Task Only_the_events_that_failed_so_are_put_again_each_under_its_key()
    {
        _silo.Store.OnPutMany = batch => Task.FromResult(FakeEventStore.Answered(
            batch, i => _silo.Store.Batches.Count == 1 ? i switch { 1 => Overloaded, 3 => Unknown, 4 => Failed(), _ => Stored } : Stored));

        var (status, report) = await PostAsync("0\n1\n2\n3\n4\n", "?receipts=true");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal([["0", "1", "2", "3", "4"], ["1", "3"]], _silo.Store.Batches.Select(FakeEventStore.PayloadsOf));
        var lines = report.Split('\n');
        for (var i = 0; i < 5; i++)
        {
            Assert.StartsWith(
                i == 4 ? "{\"line\":5,\"error\":{" : $$"""{"line":{{i + 1}},"key":"{{FakeEventStore.ReservedKey(i)}}","outcome":"stored",""", lines[i]);
        }
    }

    [Fact]
    public async Task A_put_whose_outcome_is_not_known_is_put_again_once()
    {
        _silo.Store.OnPutMany = batch => Task.FromResult(FakeEventStore.Answered(batch, _ => Unknown));

        var (status, report) = await PostAsync("1\n");

        Assert.Equal(HttpStatusCode.GatewayTimeout, status);
        Assert.Contains(FakeEventStore.ReservedKey(0).ToString(), report);
        Assert.Equal(2, _silo.Store.Batches.Count);
    }

    [Fact]
    public async Task An_outcome_that_becomes_unknown_after_an_overload_is_looked_for_once_too()
    {
        _silo.Store.OnPutMany = batch => Task.FromResult(FakeEventStore.Answered(
            batch, _ => _silo.Store.Batches.Count switch { 1 => Overloaded, 2 => Unknown, _ => new PutAnswer { Outcome = PutOutcome.AlreadyStored } }));

        var (status, report) = await PostAsync("1\n");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("\"alreadyStored\":1,", report);
        Assert.Equal(3, _silo.Store.Batches.Count);
    }

    [Fact]
    public async Task A_second_attempt_that_wrote_nothing_does_not_make_an_unknown_outcome_known()
    {
        _silo.Store.OnPutMany = batch => Task.FromResult(FakeEventStore.Answered(
            batch, i => _silo.Store.Batches.Count == 1 ? Unknown : i == 0 ? Overloaded : Failed()));

        var (status, report) = await PostAsync("1\n2\n");

        Assert.Equal(HttpStatusCode.GatewayTimeout, status);
        Assert.Equal(2, _silo.Store.Batches.Count);
        Assert.Equal(3, report.Split("urn:alldata:problem:put-outcome-unknown").Length);
        Assert.Equal(3, report.Split("\"written\":\"unknown\"").Length);
    }

    [Fact]
    public async Task A_failure_that_nobody_foresaw_is_an_outcome_that_is_not_known_and_the_stream_goes_on()
    {
        _silo.Store.OnPutMany = batch => throw new InvalidOperationException("Surprise.");

        var (status, report) = await PostAsync("1\n");

        Assert.Equal(HttpStatusCode.GatewayTimeout, status);
        Assert.Contains("Surprise.", report);
        Assert.Contains("urn:alldata:problem:put-outcome-unknown", report);
        Assert.Equal(0, _silo.Waiting.Taken);
    }

    [Fact]
    public async Task An_answer_that_cannot_be_told_ends_the_stream_and_leaves_nothing_taken()
    {
        var settings = new Dictionary<string, string?> { ["Http:Ingest:Window"] = "1", ["Http:Ingest:BatchEvents"] = "1" };
        await using var silo = await HttpSilo.StartAsync(settings);
        silo.Store.OnPutMany = batch => Task.FromResult(FakeEventStore.Answered(batch, _ => PutAnswer.Failed(new UntellableException())));

        await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync("1\n2\n3\n", silo: silo).WaitAsync(TimeSpan.FromSeconds(30)));

        await Eventually.IsAsync(
            "all bytes are given back", () => silo.Waiting.Taken, static taken => taken == 0, TimeSpan.FromSeconds(30));
    }

    private static PutAnswer Failed() => PutAnswer.Failed(new NotEnoughPeersException("Three are needed.", 3, 2));

    private static Task<HttpSilo> StartAsync(string patience) =>
        HttpSilo.StartAsync(new Dictionary<string, string?> { ["Http:Ingest:OverloadPatience"] = patience });

    private async Task<(HttpStatusCode Status, string Text)> PostAsync(string body, string query = "", HttpSilo? silo = null)
    {
        var response = await (silo ?? _silo).Client.PostAsync("/events" + query, new StringContent(body));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private sealed class UntellableException() : PutException("Surprise.", null, WrittenState.Unknown)
    {
        public override PutException For(EventKey key) => throw new InvalidOperationException("It cannot be told.");
    }
}
