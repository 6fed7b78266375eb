using System.Net;
using System.Text;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

/// <summary>Bodies that cannot be read to their end: the answer arrives, and a sender's behaviour raises no alarm.</summary>
public sealed class BodyFaultTests
{
    private const string Chunked = "Host: localhost\r\nUser-Agent: test\r\nTransfer-Encoding: chunked\r\n\r\n";

    public static TheoryData<string> Puts => ["POST / HTTP/1.1\r\n", "PUT /events/20260102T030405006000100042 HTTP/1.1\r\n", "POST /events HTTP/1.1\r\n"];

    [Theory]
    [MemberData(nameof(Puts))]
    public async Task A_chunk_size_that_overflows_is_answered_400_and_no_alarm_is_logged(string put)
    {
        await using var silo = await HttpSilo.StartAsync();
        using var connection = await RawConnection.OpenAsync(silo.Address);

        await connection.SendAsync(put + Chunked + "FFFFFFFFF\r\n{}\r\n");
        var answer = await connection.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 400 ", answer);
        Assert.Empty(silo.Log.Alarms);
        Assert.Empty(silo.Store.Puts);
        Assert.Equal(0, silo.Waiting.Taken);
    }

    [Theory]
    [MemberData(nameof(Puts))]
    public async Task A_connection_that_is_reset_in_the_middle_of_a_body_alarms_nobody(string put)
    {
        await using var silo = await HttpSilo.StartAsync();
        using (var connection = await RawConnection.OpenAsync(silo.Address))
        {
            await connection.SendAsync(put + Chunked + "2\r\n[1\r\n");
            await Eventually.IsAsync("the half body has arrived", () => silo.Waiting.Taken, taken => taken > 0);
            connection.Reset();
        }

        await Eventually.IsAsync("the half body was let go", () => silo.Waiting.Taken, taken => taken == 0);
        await Eventually.IsAsync("the request has ended", () => silo.Requests, requests => requests == 0);
        Assert.Empty(silo.Log.Alarms);
    }

    [Fact]
    public async Task A_chunked_body_that_grows_too_large_is_answered_413_while_the_sender_still_sends()
    {
        await using var silo = await HttpSilo.StartAsync(new Dictionary<string, string?> { ["Limits:MaxEventBytes"] = "1000" });
        using var connection = await RawConnection.OpenAsync(silo.Address);

        await connection.SendAsync("POST / HTTP/1.1\r\n" + Chunked + Chunk(new string(' ', 2_000)));
        var answer = await connection.ReadUntilAsync("event-too-large");
        for (var i = 0; i < 100; i++)
        {
            await connection.SendAsync(Chunk(new string(' ', 50_000)));
        }

        await connection.SendAsync("0\r\n\r\nPOST / HTTP/1.1\r\n" + Chunked + Chunk("1") + "0\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 413 ", answer);
        await connection.ReadUntilAsync("HTTP/1.1 201 ");
        Assert.Empty(silo.Log.Alarms);
        Assert.Equal(0, silo.Waiting.Taken);
    }

    [Fact]
    public async Task A_chunked_body_for_which_there_is_no_room_is_answered_503_and_the_connection_goes_on()
    {
        await using var silo = await HttpSilo.StartAsync();
        const int Others = 64 << 20;
        silo.Waiting.Take(Others);
        using var connection = await RawConnection.OpenAsync(silo.Address);

        await connection.SendAsync("POST / HTTP/1.1\r\n" + Chunked + Chunk("[1"));
        var answer = await connection.ReadUntilAsync("overloaded");
        await connection.SendAsync(Chunk("]") + "0\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 503 ", answer);
        Assert.Contains("Retry-After: 1", answer);
        silo.Waiting.Return(Others);
        await connection.SendAsync("POST / HTTP/1.1\r\n" + Chunked + Chunk("1") + "0\r\n\r\n");
        await connection.ReadUntilAsync("HTTP/1.1 201 ");
        Assert.Empty(silo.Log.Alarms);
    }

    [Fact]
    public async Task A_body_that_is_whole_and_refused_keeps_its_connection()
    {
        await using var silo = await HttpSilo.StartAsync(new Dictionary<string, string?> { ["Limits:MaxEventBytes"] = "10" });
        using var connection = await RawConnection.OpenAsync(silo.Address);

        await connection.SendAsync("POST / HTTP/1.1\r\n" + Chunked + Chunk("[1,2,3,4,5,6,7]") + "0\r\n\r\n");
        await connection.ReadUntilAsync("event-too-large");
        await connection.SendAsync("POST / HTTP/1.1\r\n" + Chunked + Chunk("[1]") + "0\r\n\r\n");

        await connection.ReadUntilAsync("HTTP/1.1 201 ");
    }

    [Fact]
    public async Task Problem_details_show_quotes_and_letters_as_they_are_and_controls_as_escapes()
    {
        await using var silo = await HttpSilo.StartAsync();

        var response = await silo.Client.GetAsync("/events/größe%1b%5B2J%E2%80%AE");
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("'größe\\\\u001b[2J\\\\u202e' is not a key", text);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task A_failure_that_was_not_foreseen_tells_the_caller_where_to_look_and_not_what_the_silo_knows()
    {
        await using var silo = await HttpSilo.StartAsync();
        silo.Store.OnPut = _ => throw new InvalidOperationException("/var/lib/secret/path");

        var response = await silo.Client.PostAsync("/", new StringContent("1"));
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains("\"written\":\"unknown\"", text);
        Assert.DoesNotContain("/var/lib", text);
        var logged = Assert.Single(silo.Log.Alarms);
        Assert.Contains("/var/lib/secret/path", logged.Exception!.Message);
        var request = logged.Message[(logged.Message.IndexOf("request ", StringComparison.Ordinal) + 8)..].Split(' ', ')')[0];
        Assert.Contains(request, text);
    }

    private static string Chunk(string text) => $"{Encoding.Latin1.GetByteCount(text):x}\r\n{text}\r\n";
}
