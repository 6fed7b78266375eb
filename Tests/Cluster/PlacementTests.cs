using System.Diagnostics;
using System.Reflection;
using AllData.Errors;
using AllData.Peers;
using AllData.Placement;
using AllData.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;
using Xunit.Abstractions;

namespace AllData.Tests.Cluster;

/// <summary>Where pinned grains live, in a cluster of three silos whose names are their peers'.</summary>
public sealed class PlacementTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly string[] Peers = ["north-a", "west-c", "east-e"];
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private InProcessTestCluster _cluster = null!;

    public async Task InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder((short)Peers.Length);
        UseRealGrainDirectory(builder.Options);
        builder.ConfigureSiloHost(static (options, _) => options.SiloName = Peers[options.SiloName[^1] - '0']);
        builder.ConfigureSilo(static (_, silo) =>
        {
            silo.AddPinnedToPeerPlacement();
            silo.Configure<ClusterMembershipOptions>(TestLiveness.Configure);
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task A_pinned_grain_lands_on_the_silo_of_its_peer_from_every_silo_and_from_a_client()
    {
        foreach (var peer in Peers)
        {
            Assert.Equal(peer, (await _cluster.Client.GetGrain<IPinnedProbeGrain<int>>(KeyOf(peer)).Where()).SiloName);
            foreach (var silo in _cluster.Silos)
            {
                var caller = silo.ServiceProvider.GetRequiredService<IGrainFactory>().GetGrain<IPinnedProbeCallerGrain>("caller");
                var (asked, answer) = await caller.Ask(KeyOf(peer));
                Assert.Equal(peer, answer.SiloName);
                Assert.Contains(asked, Peers);
            }
        }
    }

    [Fact]
    public async Task A_peer_without_a_silo_is_refused_at_once_with_the_way_out()
    {
        await Probe(Peers[0]).Where();
        foreach (var factory in _cluster.Silos.Select(s => s.ServiceProvider.GetRequiredService<IGrainFactory>()).Append(_cluster.Client))
        {
            var best = TimeSpan.MaxValue;
            for (var attempt = 0; attempt < 5; attempt++)
            {
                var watch = Stopwatch.StartNew();
                var probe = factory.GetGrain<IPinnedProbeGrain<int>>(KeyOf("south-x"));
                var refusal = await Assert.ThrowsAsync<PeerNotHostedException>(probe.Where);
                best = TimeSpan.FromTicks(Math.Min(best.Ticks, watch.Elapsed.Ticks));
                Assert.Equal("No active silo hosts peer 'south-x'. Start it, or drop the peer.", refusal.Message);
                Assert.Equal(PeerId.Parse("south-x"), refusal.Peer);
            }

            // An error that Orleans takes for its own is tried again for 300 ms and more before the caller hears of it.
            Assert.True(best < TimeSpan.FromMilliseconds(200), $"Refused after {best.TotalMilliseconds:0} ms at best.");
            output.WriteLine($"refused in {best.TotalMilliseconds:0.0} ms");
        }
    }

    [Fact]
    public async Task A_key_that_names_no_peer_is_refused()
    {
        await Assert.ThrowsAsync<FormatException>(() => _cluster.Client.GetGrain<IPinnedProbeGrain<int>>("north-a").Where());
    }

    [Fact]
    public async Task The_death_of_a_silo_leaves_the_pinned_grains_of_the_others_alone()
    {
        var north = await ProbeManyKinds("north-a");
        var east = await ProbeManyKinds("east-e");
        var west = await Probe("west-c").Where();
        await _cluster.KillSiloAsync(SiloOf("west-c"));
        await WaitUntilDead(west.Silo);

        Assert.Equal(north, await ProbeManyKinds("north-a"));
        Assert.Equal(east, await ProbeManyKinds("east-e"));
        await Assert.ThrowsAsync<PeerNotHostedException>(() => Probe("west-c").Where());
    }

    [Fact]
    public async Task A_peer_is_reachable_again_when_its_silo_was_killed_and_restarted()
    {
        var before = await Probe("west-c").Where();
        await _cluster.KillSiloAsync(SiloOf("west-c"));
        var watch = Stopwatch.StartNew();
        await _cluster.StartSiloAsync(Array.IndexOf(Peers, "west-c"), _cluster.Options);
        var started = watch.Elapsed;

        PinnedProbe? after = null;
        await Eventually.Succeeds("reaching west-c after its restart", Bound, async () => after = await Probe("west-c").Where());
        output.WriteLine($"killed; started again after {started.TotalSeconds:0.00} s; reachable after {watch.Elapsed.TotalSeconds:0.00} s");
        Assert.Equal("west-c", after!.SiloName);
        Assert.NotEqual(before.Silo, after.Silo);
    }

    // The test cluster's own directory keeps no registration on a silo, so no silo's death would show what it costs.
    private static void UseRealGrainDirectory(InProcessTestClusterOptions options) =>
        typeof(InProcessTestClusterOptions)
            .GetProperty("UseTestClusterGrainDirectory", BindingFlags.Instance | BindingFlags.NonPublic)!
            .SetValue(options, false);

    private static string KeyOf(string peer) => GrainFactoryExtensions.ReplicaKey(PeerId.Parse(peer));

    private IPinnedProbeGrain Probe(string peer) => Probe<int>(peer);

    // From inside a silo that no test kills: a client may be connected through the one that is killed.
    private IPinnedProbeGrain Probe<TKind>(string peer) =>
        SiloOf("north-a").ServiceProvider.GetRequiredService<IGrainFactory>().GetGrain<IPinnedProbeGrain<TKind>>(KeyOf(peer));

    private async Task<PinnedProbe[]> ProbeManyKinds(string peer) => await Task.WhenAll(
        Probe<byte>(peer).Where(),
        Probe<short>(peer).Where(),
        Probe<int>(peer).Where(),
        Probe<long>(peer).Where(),
        Probe<char>(peer).Where(),
        Probe<float>(peer).Where(),
        Probe<double>(peer).Where(),
        Probe<string>(peer).Where());

    private InProcessSiloHandle SiloOf(string peer) =>
        _cluster.Silos.Single(s => s.ServiceProvider.GetRequiredService<ILocalSiloDetails>().Name == peer);

    private async Task WaitUntilDead(SiloAddress silo)
    {
        foreach (var observer in _cluster.Silos)
        {
            var membership = observer.ServiceProvider.GetRequiredService<IClusterMembershipService>();
            await Eventually.Holds(
                $"waiting until {observer.Name} knows {silo} dead",
                Bound,
                () => membership.CurrentSnapshot.GetSiloStatus(silo) == SiloStatus.Dead,
                () => membership.CurrentSnapshot.GetSiloStatus(silo).ToString());
        }
    }
}
