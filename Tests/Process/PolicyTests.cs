using System.Globalization;
using System.Net;
using System.Text.Json;
using AllData.Events;
using AllData.Tests.Support;
using Xunit.Abstractions;

namespace AllData.Tests.Processes;

/// <summary>Where the replicas of many events lie when nothing fails.</summary>
[Collection(ProcessTests.Name)]
public sealed class PolicyTests(ITestOutputHelper output) : IDisposable
{
    private const int Shown = 5;

    private static readonly string[] HomePeers = ["north-a", "north-b"];
    private static readonly TimeSpan LoadBound = TimeSpan.FromMinutes(5);

    // What is tested here is where replicas go, not how soon a slow one is replaced.
    private static readonly string[] Patient = ["--AllData:Deadlines:Replica=00:00:25", "--AllData:Deadlines:Put=00:00:25"];

    private readonly TemporaryDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Every_event_is_kept_exactly_as_often_as_asked_for_and_exactly_where_the_policy_says()
    {
        await using var cluster = await LocalClusterProcesses.StartAsync(6, Patient);

        var key = await Post_names_two_peers_of_the_own_region_and_one_of_another(cluster);
        var keys = await PutFileAsync(cluster, TestSizes.PolicyEvents);
        Assert.All(await cluster.StopAllAsync(), code => Assert.Equal(0, code));

        var census = await ReplicaCensus.TakeAsync(cluster.Layout);
        var atHome = census.Blocks.Count(census.IsAtHome);
        output.WriteLine(
            $"{census.Events.Count} events in {census.Blocks.Count} blocks; {atHome} blocks ({100.0 * atHome / census.Blocks.Count:0.##} %) are where they "
            + $"are meant to be; {census.Events.Values.Sum(e => e.Copies.Length)} copies");
        Assert.Equal(keys.Append(key).Order(), census.Events.Keys.Order());
        Assert.Empty(census.Events.Where(e => e.Value.Copies.Length != 3).Select(e => $"{e.Key} lies on {string.Join(", ", e.Value.Copies)}").Take(Shown));
        Assert.Empty(census.Blocks.Where(block => !census.IsAtHome(block)).Take(Shown));
        Assert.All(census.Blocks, block => AssertFollowsPolicy(census, block));
        Assert.Empty(census.WrongBuckets);
    }

    private async Task<EventKey> Post_names_two_peers_of_the_own_region_and_one_of_another(LocalClusterProcesses cluster)
    {
        using var http = new HttpClient { BaseAddress = cluster["north-a"].Peer.HttpAddress };
        var response = await http.PostAsync("/", new StringContent("""{"foo":"bar"}"""));
        var body = await response.Content.ReadAsStringAsync();
        output.WriteLine(body);

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var receipt = JsonDocument.Parse(body).RootElement;
        var peers = receipt.GetProperty("replicas").EnumerateArray().Concat(receipt.GetProperty("pending").EnumerateArray())
            .Select(replica => replica.GetProperty("peer").GetString()!).ToList();
        Assert.Equal(3, peers.Distinct().Count());
        Assert.Equal(HomePeers, peers.Where(peer => peer.StartsWith("north", StringComparison.Ordinal)).Order());
        return EventKey.Parse(receipt.GetProperty("key").GetString()!);
    }

    /// <summary>Puts generated lines with the <c>alldata</c> program through all gateways; the keys of its receipts.</summary>
    private async Task<List<EventKey>> PutFileAsync(LocalClusterProcesses cluster, int events)
    {
        var (lines, receipts) = (Path.Combine(_files.Path, "events.ndjson"), Path.Combine(_files.Path, "receipts.ndjson"));
        await File.WriteAllLinesAsync(lines, Enumerable.Range(1, events).Select(Line));
        string[] arguments =
        [
            Repository.OutputOf("Client", "alldata.dll"), "put", "--file", lines, "--receipts", receipts, "--json", "--timeout", "60",
            .. cluster.Layout.Peers.SelectMany(peer => new[] { "--gateway", $"127.0.0.1:{peer.GatewayPort}" }),
        ];
        var program = await ProgramRun.DotnetAsync(LoadBound, _files.Path, arguments);
        output.WriteLine(program.Output);

        Assert.True(program.ExitCode == 0, $"alldata ended with {program.ExitCode}: {program.Errors}");
        return [.. (await File.ReadAllLinesAsync(receipts)).Select(KeyOf)];
    }

    private static string Line(int number) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"number":{{number}},"author":"author {{number % 97}}","message":"{{new string((char)('a' + (number % 26)), 40 + (number % 200))}}"}""");

    private static EventKey KeyOf(string receipt) => EventKey.Parse(JsonDocument.Parse(receipt).RootElement.GetProperty("key").GetString()!);

    private static void AssertFollowsPolicy(ReplicaCensus census, KeptBlock block)
    {
        var own = census.PeerOf(block.Header.Id.Ordinal);
        var others = block.Header.Copyset.Ordinals.Select(census.PeerOf).Where(peer => peer.Id != own.Id).ToList();
        var otherZones = others.Count(peer => peer.Location.Region == own.Location.Region && peer.Location.Zone != own.Location.Zone);
        var otherRegions = others.Count(peer => peer.Location.Region != own.Location.Region);
        Assert.True((3, 2, 1, 1) == (block.Header.ReplicationFactor, others.Count, otherZones, otherRegions), $"{own.Id} meant {string.Join(", ", others)}");
    }
}
