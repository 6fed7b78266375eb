using System.Globalization;
using AllData.Events;
using AllData.Replication;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;

namespace AllData.Tests.Processes;

/// <summary>A second silo where there must be one only.</summary>
[Collection(ProcessTests.Name)]
public sealed class SecondSiloTests
{
    private const int Peers = 3;
    private const string Peer = "west-c";

    private static readonly EventPayload Event = EventPayload.FromText("""{"foo":"bar"}""");
    private static readonly PutOptions OnAllPeers = new() { Level = CommitLevel.All };

    [Fact]
    public async Task A_second_process_on_a_data_directory_that_is_in_use_names_the_first_and_ends()
    {
        await using var cluster = await LocalClusterProcesses.StartAsync(Peers);

        await using var second = StartSecond(cluster);

        Assert.Equal(1, await second.EndsAsync());
        var first = cluster[Peer].Pid.ToString(CultureInfo.InvariantCulture);
        Assert.Contains(second.Lines, line => line.Contains("is in use by", StringComparison.Ordinal) && line.Contains(first, StringComparison.Ordinal));
        Assert.False(cluster[Peer].HasEnded, cluster[Peer].Tail());
    }

    [Fact]
    public async Task A_second_silo_of_a_live_peer_with_another_directory_does_not_start_says_why_and_stops_no_put()
    {
        await using var cluster = await LocalClusterProcesses.StartAsync(Peers);
        using var directory = new TemporaryDirectory();
        var record = new LoadRecord();
        await using var load = await LoadDriver.StartAsync(cluster.Layout.Peers, inFlight: 4, record);
        await load.AcknowledgesAsync("before the second silo", TestSizes.PhaseAcknowledgements);

        // It waits that long whether the first one is dead.
        await using var second = StartSecond(cluster, $"--AllData:DataDirectory={directory.Path}", "--AllData:Deadlines:Announcement=00:00:05");

        Assert.Equal(1, await second.EndsAsync());
        await Eventually.Succeeds(
            "all three peers take replicas again", TimeSpan.FromSeconds(30), () => load.Grains.GetPutCoordinator().Put(Event, OnAllPeers));
        await load.StopAsync();
        Assert.True(
            second.Lines.Any(line => line.Contains($"Peer '{Peer}' is hosted by the live silo", StringComparison.Ordinal)), second.Tail());
        Assert.Empty(record.Failures);
        Assert.All(cluster.Silos, silo => Assert.False(silo.HasEnded, silo.Tail()));
        Assert.False(Directory.Exists(Path.Combine(directory.Path, "intervals")), "The second silo must not store.");
    }

    /// <summary>Another process of a peer, on ports of its own, in the same cluster.</summary>
    private static SiloProcess StartSecond(LocalClusterProcesses cluster, params string[] settings)
    {
        var layout = LocalClusterLayout.Create(cluster.Layout.Data, FreePorts.ForProcesses(Peers), Peers);
        return SiloProcess.Start(layout, layout.Find(Peer)!, settings);
    }
}
