using System.Net;
using System.Text;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

public sealed class IngestStreamingTests
{
    private const string Head = "POST /events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    private const string HeadWithReceipts = "POST /events?receipts=true HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";

    [Fact]
    public async Task What_has_arrived_whole_is_stored_and_receipted_while_the_sender_pauses()
    {
        await using var silo = await HttpSilo.StartAsync();
        using var connection = await RawConnection.OpenAsync(silo.Address);

        await connection.SendAsync(HeadWithReceipts + Chunk("1\n2\n3"));
        await Eventually.IsAsync("the whole lines are stored", () => string.Join(' ', silo.Store.Lines), lines => lines == "1 2");
        await connection.ReadUntilAsync("{\"line\":2,");
        await connection.SendAsync(Chunk("3\n"));
        await connection.ReadUntilAsync("{\"line\":3,");
        await connection.SendAsync(Chunk("4") + "0\r\n\r\n");

        Assert.Contains("\"stored\":4", await connection.ReadUntilAsync("{\"end\":{\"events\":4,"));
        Assert.Equal(["1", "2", "33", "4"], silo.Store.Lines);
        Assert.Equal(0, silo.Waiting.Taken);
    }

    [Fact]
    public async Task While_the_window_is_full_batches_grow_and_then_the_connection_is_not_read()
    {
        await using var silo = await HttpSilo.StartAsync(new Dictionary<string, string?>
        {
            ["Http:Ingest:Window"] = "2",
            ["Http:Ingest:BatchBytes"] = "100000",
        });
        var release = new TaskCompletionSource();
        silo.Store.OnPutMany = async batch =>
        {
            await release.Task;
            return FakeEventStore.AllStored(batch);
        };
        using var connection = await RawConnection.OpenAsync(silo.Address);
        await connection.SendAsync(Head);
        var line = $"\"{new string('x', 20_000)}\"\n";

        // Far more than all buffers on the way can take.
        var sending = connection.SendAsync(string.Concat(Enumerable.Repeat(Chunk(line), 2_000)) + "0\r\n\r\n");
        await Eventually.IsAsync("the window is full", () => silo.Store.Batches.Count, count => count == 2);
        var read = await SettledAsync(() => silo.Waiting.Taken);

        Assert.False(sending.IsCompleted);
        Assert.Equal(2, silo.Store.Batches.Count);
        Assert.InRange(read, 1, 2 * 100_000 + 100_000 + 1_048_576 + 100_000);
        release.SetResult();
        await sending;
        Assert.Contains("\"stored\":2000", await connection.ReadUntilAsync("\"events\":2000"));
        Assert.InRange(silo.Store.Batches.Count, 2_000 * 20_000 / 100_000, 2_000 - 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_cut_in_the_middle_leaves_what_was_put_and_stores_no_half_line(bool reset)
    {
        await using var silo = await HttpSilo.StartAsync();
        using (var connection = await RawConnection.OpenAsync(silo.Address))
        {
            await connection.SendAsync(Head + Chunk("1\n2\n3"));
            await Eventually.IsAsync("the whole lines are stored", () => silo.Store.Lines.Length, count => count == 2);
            if (reset)
            {
                connection.Reset();
            }
            else
            {
                connection.FinishSending();
                await connection.ReadToEndAsync();
            }
        }

        await Eventually.IsAsync("the half line was let go", () => silo.Waiting.Taken, taken => taken == 0);
        Assert.Equal(["1", "2"], silo.Store.Lines);
        Assert.Equal(HttpStatusCode.OK, (await silo.Client.PostAsync("/events", new StringContent("1"))).StatusCode);
    }

    [Fact]
    public async Task A_body_that_breaks_the_protocol_is_answered_400_with_what_was_stored()
    {
        await using var silo = await HttpSilo.StartAsync();
        using var connection = await RawConnection.OpenAsync(silo.Address);

        await connection.SendAsync(Head + Chunk("1\n2\n3"));
        await Eventually.IsAsync("the whole lines are stored", () => silo.Store.Lines.Length, count => count == 2);
        await connection.SendAsync("no chunk\r\n");
        var answer = await connection.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 400 ", answer);
        Assert.Contains("\"stored\":2,", answer);
        Assert.Contains("\"linesRead\":2", answer);
        Assert.Equal(["1", "2"], silo.Store.Lines);
    }

    [Fact]
    public async Task A_client_that_does_not_read_its_receipts_is_cut_off_and_occupies_nothing()
    {
        await using var silo = await HttpSilo.StartAsync(new Dictionary<string, string?> { ["Http:Ingest:AnswerTimeout"] = "00:00:00.3" });
        using var connection = await RawConnection.OpenAsync(silo.Address);
        await connection.SendAsync(HeadWithReceipts);
        var chunk = Chunk(string.Concat(Enumerable.Repeat("1\n", 5_000)));

        var sent = 0;
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            for (; sent < 100_000; sent++)
            {
                await connection.SendAsync(chunk);
            }
        });

        await Eventually.IsAsync("its bytes are given back", () => silo.Waiting.Taken, taken => taken == 0);
        Assert.Equal(HttpStatusCode.OK, (await silo.Client.PostAsync("/events", new StringContent("1"))).StatusCode);
    }

    [Fact]
    public async Task A_sender_that_is_silent_for_longer_than_a_pause_is_answered_408_with_what_was_stored()
    {
        await using var silo = await HttpSilo.StartAsync(new Dictionary<string, string?> { ["Http:Ingest:Pause"] = "00:00:00.2" });
        using var connection = await RawConnection.OpenAsync(silo.Address);

        await connection.SendAsync(Head + Chunk("1\n"));
        var answer = await connection.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 408 ", answer);
        Assert.Contains("\"stored\":1,", answer);
        Assert.Contains("Connection: close", answer);
    }

    [Fact]
    public async Task A_line_that_does_not_become_whole_in_time_ends_the_stream_however_steadily_it_comes()
    {
        await using var silo = await HttpSilo.StartAsync(new Dictionary<string, string?> { ["Http:BodyTimeout"] = "00:00:00.3" });
        using var connection = await RawConnection.OpenAsync(silo.Address);
        await connection.SendAsync(Head + Chunk("1\n\""));

        var answer = connection.ReadToEndAsync();
        await Eventually.IsAsync(
            "the stream is ended",
            async () =>
            {
                try
                {
                    await connection.SendAsync(Chunk("x"));
                }
                catch (IOException)
                {
                    // It was ended while this was on its way.
                }

                return answer.IsCompleted;
            },
            ended => ended);

        Assert.StartsWith("HTTP/1.1 408 ", await answer);
        Assert.Equal("1", Assert.Single(silo.Store.Lines));
        Assert.Equal(0, silo.Waiting.Taken);
    }

    [Fact]
    public async Task A_silo_that_stops_puts_what_has_come_and_says_so()
    {
        await using var silo = await HttpSilo.StartAsync();
        using var connection = await RawConnection.OpenAsync(silo.Address);
        await connection.SendAsync(Head + Chunk("1\n2"));
        await Eventually.IsAsync("the first line is stored", () => silo.Store.Lines.Length, count => count == 1);

        var stopped = silo.StopAsync();
        var answer = await connection.ReadToEndAsync();
        await stopped;

        Assert.StartsWith("HTTP/1.1 503 ", answer);
        Assert.Contains("\"stored\":1,", answer);
        Assert.Contains("The silo is stopping", answer);
        Assert.Equal("1", Assert.Single(silo.Store.Lines));
    }

    [Fact]
    public async Task While_too_many_bytes_wait_in_the_silo_a_stream_waits_for_room_and_then_gives_up()
    {
        await using var silo = await HttpSilo.StartAsync(new Dictionary<string, string?> { ["Http:Ingest:OverloadPatience"] = "00:00:00.1" });
        const int Others = 64 << 20;
        silo.Waiting.Take(Others);

        var refused = await silo.Client.PostAsync("/events", new StringContent("1\n"));
        silo.Waiting.Return(Others);
        var taken = await silo.Client.PostAsync("/events", new StringContent("2\n"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("are waiting here", await refused.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        Assert.Equal("2", Assert.Single(silo.Store.Lines));
    }

    private static string Chunk(string text) => $"{Encoding.Latin1.GetByteCount(text):x}\r\n{text}\r\n";

    /// <summary>The value once it is the same in several looks.</summary>
    private static async Task<long> SettledAsync(Func<long> observe)
    {
        var (last, same) = (-1L, 0);
        return await Eventually.IsAsync("it does not change any more", observe, value =>
        {
            same = value == last ? same + 1 : 0;
            last = value;
            return same >= 10;
        });
    }
}
