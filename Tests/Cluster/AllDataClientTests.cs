using System.Text;
using AllData.Events;
using AllData.Reading;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Cluster;

/// <summary>The batching client against real silos, from outside and from within one.</summary>
public sealed class AllDataClientTests
{
    [Fact]
    public async Task A_thousand_concurrent_puts_are_all_receipted_and_each_event_is_there_once()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six);
        await using var client = new AllDataClient(cluster.Client);
        var texts = Enumerable.Range(0, 1_000).Select(static i => $$"""{"n":{{i}}}""").ToList();
        var receipts = await Task.WhenAll(texts.Select(text => client.PutAsync(EventPayload.FromText(text)))).Soon();
        await using var within = new AllDataClient(cluster.Service<IGrainFactory>("west-d"));
        var results = await within.PutManyAsync([.. texts.Select(EventPayload.FromText)]).Soon();
        var told = receipts.Concat(results.Select(static result => result.Receipt!)).ToList();

        Assert.All(told, static receipt => Assert.Equal(PutOutcome.Stored, receipt.Outcome));
        var scanned = new List<ScannedEvent>();
        await foreach (var e in cluster.Client.CreateEventReader().Scan(ScanRange.All))
        {
            scanned.Add(e);
        }

        var expected = told.Zip(texts.Concat(texts), static (receipt, text) => (receipt.Key, Text: text)).OrderBy(static e => e.Key);
        Assert.Equal(expected, scanned.Select(static e => (e.Key, Encoding.UTF8.GetString(e.Payload.Span))));
        Assert.Single(results.Select(static result => result.Receipt!.Key.Ordinal).Distinct());
    }
}
