using System.Text.Json;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Replication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AllData.Tests.Unit.Contracts;

/// <summary>Values of the contract in an application's own HTTP answers and files.</summary>
public sealed class JsonTests
{
    private const string ReceiptText =
        """{"key":"20261122T101112345000150007","outcome":"alreadyStored","replicas":[{"peer":"north-a","region":"north","zone":"a"}]"""
        + ""","pending":[{"peer":"west-c","region":"west","zone":"c"}],"level":"quorum","adherence":"underReplicated"}""";

    private static readonly EventKey Key = EventKey.Parse("20261122T101112345000150007");

    private static readonly PutReceipt Receipt = new(
        Key, PutOutcome.AlreadyStored, [new Replica(PeerId.Parse("north-a"), new PeerLocation("north", "a"))], CommitLevel.Quorum, Adherence.UnderReplicated)
    {
        Pending = [new Replica(PeerId.Parse("west-c"), new PeerLocation("west", "c"))],
    };

    [Fact]
    public async Task A_minimal_API_takes_keys_and_peers_from_its_routes_and_answers_with_a_receipt_as_the_silo_does()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.MapGet("/receipts/{key}", (EventKey key) => Receipt with { Key = key });
        app.MapGet("/keys", (EventKey key, PeerId peer) => new { key, peer });
        app.MapPost("/keys", (PutReceipt receipt) => Results.Json(receipt.Pending[0].Location));
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        Assert.Equal(ReceiptText, await client.GetStringAsync($"/receipts/{Key}"));
        Assert.Equal($$"""{"key":"{{Key}}","peer":"north-a"}""", await client.GetStringAsync($"/keys?key={Key}&peer=north-a"));
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, (await client.GetAsync("/receipts/20261122")).StatusCode);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, (await client.GetAsync($"/keys?key={Key}&peer=North")).StatusCode);
        var posted = await client.PostAsync("/keys", new StringContent(ReceiptText, System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal("""{"region":"west","zone":"c"}""", await posted.Content.ReadAsStringAsync());
    }

    [Fact]
    public void A_receipt_is_written_alike_whatever_the_options_and_read_back()
    {
        Assert.Equal(ReceiptText, JsonSerializer.Serialize(Receipt));
        Assert.Equal(ReceiptText, JsonSerializer.Serialize(Receipt, JsonSerializerOptions.Web));
        var read = JsonSerializer.Deserialize<PutReceipt>(ReceiptText)!;
        Assert.Equal((Receipt.Key, Receipt.Outcome, Receipt.Level, Receipt.Adherence), (read.Key, read.Outcome, read.Level, read.Adherence));
        Assert.Equal(Receipt.Replicas.AsEnumerable(), read.Replicas.AsEnumerable());
        Assert.Equal(Receipt.Pending.AsEnumerable(), read.Pending.AsEnumerable());
    }

    [Fact]
    public void What_a_receipt_says_of_regions_comes_at_its_end_and_is_read_back()
    {
        const string said = ""","regions":{"held":1,"wanted":2},"owed":[{"region":"west","since":"2026-01-02T03:04:05+00:00"}],"fellBack":true}""";
        var outage = new RegionOutage("west", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        var receipt = Receipt with { Regions = new RegionCoverage(1, 2) { Owed = [outage], FellBack = true } };

        Assert.Equal(ReceiptText[..^1] + said, JsonSerializer.Serialize(receipt));
        var read = JsonSerializer.Deserialize<PutReceipt>(ReceiptText[..^1] + said)!;
        Assert.Equal((1, 2, true), (read.Regions!.Held, read.Regions.Wanted, read.Regions.FellBack));
        Assert.Equal([outage], read.Owed.AsEnumerable());

        var nothingOwed = Receipt with { Regions = new RegionCoverage(2, 2) };
        Assert.Equal(ReceiptText[..^1] + ""","regions":{"held":2,"wanted":2},"owed":[]}""", JsonSerializer.Serialize(nothingOwed));
        Assert.Null(JsonSerializer.Deserialize<PutReceipt>(ReceiptText)!.Regions);
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<PutReceipt>(ReceiptText[..^1] + ""","regions":7}"""));
    }

    [Fact]
    public void Values_are_written_as_people_write_them_and_read_back()
    {
        Check(Key, $"\"{Key}\"");
        Check(PeerId.Parse("north-a"), "\"north-a\"");
        Check(new PeerLocation("north", "a"), """{"region":"north","zone":"a"}""");
        Check(new EventDigest(new UInt128(1, 2)), "\"00000000000000010000000000000002\"");
        Check(Interval.Containing(Key.UnixMilliseconds, TimeSpan.FromHours(1)), "\"20261122T100000/PT1H\"");
        Check(Interval.Containing(Key.UnixMilliseconds, TimeSpan.FromDays(1)), "\"20261122T000000/P1D\"");
        Check(CommitLevel.Quorum, "\"quorum\"");
        Check(new Dictionary<EventKey, int> { [Key] = 1 }, $$"""{"{{Key}}":1}""");
        Check(Receipt.Replicas[0], """{"peer":"north-a","region":"north","zone":"a"}""");
    }

    [Theory]
    [InlineData("\"20261122\"")]
    [InlineData("5")]
    [InlineData("null")]
    public void What_is_no_key_is_refused(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<EventKey>(json));

    private static void Check<T>(T value, string json)
    {
        Assert.Equal(json, JsonSerializer.Serialize(value));
        Assert.Equal(value, JsonSerializer.Deserialize<T>(json));
    }
}
