using System.Net;
using System.Text;
using System.Text.Json;
using AllData.Configuration;
using AllData.Coordination;
using AllData.Diagnostics;
using AllData.Errors;
using AllData.Events;
using AllData.Membership;
using AllData.Remote;
using AllData.Replication;
using AllData.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans;

namespace AllData.Tests.Cluster;

/// <summary>Puts through a silo to which a region is cut off, over HTTP and through the client.</summary>
public sealed class CutOffRegionTests
{
    private const string Owed = ""","regions":{"held":1,"wanted":2},"owed":[{"region":"west","since":"2026-01-02T03:04:05+00:00"}]""";

    private static readonly PeerSpec[] ThreeAndTwo =
        [new("north-a", "north", "a"), new("north-b", "north", "b"), new("north-c", "north", "c"), new("west-d", "west", "d"), new("west-e", "west", "e")];

    [Fact]
    public async Task Receipts_and_errors_say_what_a_cut_off_region_means_and_nothing_more_once_it_is_back()
    {
        await using var cluster = await StartAsync(ThreeAndTwo, WhenRegionCutOff.Keep);
        await using var http = await HttpSilo.StartAsync(puts: cluster.Service<IAllDataPuts>("north-a"));
        Assert.DoesNotContain("regions", await PostAsync(http, "/?level=all", HttpStatusCode.Created), StringComparison.Ordinal);

        // The issuer and two of five peers are cut off: they count neither as the word that is missing nor as silent.
        var keys = await cluster.CoordinatorOn("west-d").ReserveKeys(2);
        Cut(cluster, "west");
        var given = await http.Client.PutAsync($"/events/{keys[0]}", Json());
        var again = await http.Client.PutAsync($"/events/{keys[0]}?minRegions=2&else=one", Json());
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (given.StatusCode, again.StatusCode));
        Assert.EndsWith($"{Owed},\"fellBack\":true}}", await again.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        var relaxed = await PostAsync(http, "/?level=all", HttpStatusCode.Created);
        Assert.EndsWith($"\"level\":\"all\",\"adherence\":\"relaxed\"{Owed}}}", relaxed, StringComparison.Ordinal);
        Assert.DoesNotContain("west-", relaxed, StringComparison.Ordinal);
        var refused = JsonSerializer.Deserialize<JsonElement>(await PostAsync(http, "/?minRegions=2", HttpStatusCode.ServiceUnavailable));
        Assert.Equal(
            ("urn:alldata:problem:not-enough-regions", "nothing"), (refused.GetProperty("type").GetString(), refused.GetProperty("written").GetString()));
        Assert.Equal((2, 1), (refused.GetProperty("minRegions").GetInt32(), refused.GetProperty("reachableRegions").GetInt32()));
        Assert.EndsWith($"{Owed},\"fellBack\":true}}", await PostAsync(http, "/?minRegions=2&else=quorum", HttpStatusCode.Created), StringComparison.Ordinal);
        var lines = await PostAsync(http, "/events?receipts=true&minRegions=2&else=one", HttpStatusCode.OK);
        Assert.Contains($"\"level\":\"one\"{Owed},\"fellBack\":true}}", lines, StringComparison.Ordinal);

        await ClientPutsAsync(cluster);
        Cut(cluster, region: null);
        Assert.EndsWith("\"adherence\":\"strict\"}", await PostAsync(http, "/?level=all&minRegions=2", HttpStatusCode.Created), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, (await http.Client.PutAsync($"/events/{keys[1]}", Json())).StatusCode);
    }

    [Fact]
    public async Task Where_regions_are_owed_their_copies_no_other_peer_keeps_them_as_long_as_the_level_is_reached()
    {
        await using var cluster = await StartAsync([ThreeAndTwo[0], ThreeAndTwo[1], ThreeAndTwo[3], ThreeAndTwo[4]], WhenRegionCutOff.Owe);
        Cut(cluster, "west");
        var coordinator = cluster.CoordinatorOn("north-a");

        var receipt = await coordinator.Put(Payload());
        Assert.Equal((2, Adherence.UnderReplicated), (receipt.Replicas.Length + receipt.Pending.Length, receipt.Adherence));
        Assert.Equal("west", Assert.Single(receipt.Owed).Region);
        var all = await Assert.ThrowsAsync<CommitLevelNotReachedException>(() => coordinator.Put(Payload(), new PutOptions { Level = CommitLevel.All }));
        Assert.Contains("region 'west' is cut off", all.Message, StringComparison.Ordinal);
        var other = await coordinator.Put(Payload(), new PutOptions { Level = CommitLevel.All, Else = CommitLevel.Quorum });
        Assert.Equal((CommitLevel.Quorum, true), (other.Level, other.HasFallenBack));
        var condition = Assert.Single(cluster.Service<IEnumerable<IConditionSource>>("north-a").OfType<PutConditions>().Single().Conditions);
        Assert.Contains("Not: west-d (region west is cut off), west-e (region west is cut off)", condition.Sentence, StringComparison.Ordinal);

        // Another cluster has dropped this one's region: what is only here is not stored.
        cluster.Service<CuttableLinks>("north-a").Drop("north", cluster.Service<TopologyCache>("north-a"));
        Assert.Equal(WrittenState.Nothing, (await Assert.ThrowsAsync<ClusterDroppedException>(() => coordinator.Put(Payload()))).Written);
        Cut(cluster, region: null);
        Assert.Contains("west", (await coordinator.Put(Payload())).Replicas.Select(static r => r.Location.Region));
    }

    private static async Task ClientPutsAsync(AllDataCluster cluster)
    {
        await using var client = new AllDataClient(cluster.Service<IGrainFactory>("north-a"));
        var two = new PutOptions { MinRegions = 2 };

        var error = await Assert.ThrowsAsync<NotEnoughRegionsException>(() => client.PutAsync(Payload(), two));
        Assert.Equal((WrittenState.Nothing, "west"), (error.Written, Assert.Single(error.CutOff).Region));
        Assert.NotNull(error.Key);
        var receipt = await client.PutAsync(Payload(), two with { Else = CommitLevel.Local });
        Assert.Equal((CommitLevel.Local, true), (receipt.Level, receipt.HasFallenBack));
        var many = await client.PutManyAsync([Payload(), Payload()], two with { Else = CommitLevel.One });
        Assert.All(many, static result => Assert.True(result.Receipt!.HasFallenBack));
    }

    private static Task<AllDataCluster> StartAsync(PeerSpec[] peers, WhenRegionCutOff choice) => AllDataCluster.StartAsync(
        peers,
        (_, options) => options.Replication.WhenRegionCutOff = choice,
        services: static services =>
        {
            services.AddSingleton<CuttableLinks>();
            services.Replace(ServiceDescriptor.Singleton<IRegionLinks>(static p => p.GetRequiredService<CuttableLinks>()));
            services.Replace(ServiceDescriptor.Singleton<IPeerLiveness>(static p => p.GetRequiredService<CuttableLinks>()));
        });

    private static void Cut(AllDataCluster cluster, string? region) =>
        cluster.Service<CuttableLinks>("north-a").Cut(region, cluster.Service<TopologyCache>("north-a"));

    private static EventPayload Payload() => EventPayload.FromText("""{"foo":"bar"}""");

    private static StringContent Json() => new("""{"foo":"bar"}""", Encoding.UTF8);

    private static async Task<string> PostAsync(HttpSilo http, string path, HttpStatusCode status)
    {
        var response = await http.Client.PostAsync(path, Json());
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"{path}: {response.StatusCode} {text}");
        return text;
    }
}
