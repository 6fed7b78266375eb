using System.Net;
using System.Net.Sockets;
using AllData.Federation;
using AllData.Peers;
using AllData.Silo.Hosting;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

public sealed class LocalClusterLayoutTests
{
    private static readonly ChildProgram Program = new("/opt/all data/silo", []);

    [Fact]
    public void Six_peers_in_three_regions_each_its_own_zone_on_consecutive_ports()
    {
        var layout = LocalClusterLayout.Create("/data", 8081, 6);

        Assert.Equal(
            [
                "north-a north/a 8081 8181 8281 /data/north-a", "north-b north/b 8082 8182 8282 /data/north-b",
                "west-c west/c 8083 8183 8283 /data/west-c", "west-d west/d 8084 8184 8284 /data/west-d",
                "east-e east/e 8085 8185 8285 /data/east-e", "east-f east/f 8086 8186 8286 /data/east-f",
            ],
            layout.Peers.Select(p => $"{p.Id} {p.Location} {p.HttpPort} {p.SiloPort} {p.GatewayPort} {p.DataDirectory}"));
        Assert.Equal("/data/cluster.db", layout.DatabaseFile);
    }

    [Theory]
    [InlineData(1, 1, "north-a")]
    [InlineData(2, 2, "north-a north-b")]
    [InlineData(3, 3, "north-a north-b west-c")]
    [InlineData(6, 3, "north-a north-b west-c west-d east-e east-f")]
    public void Fewer_peers_are_the_first_ones_and_lower_the_replication_factor_only_below_three(int peers, int factor, string names)
    {
        var layout = LocalClusterLayout.Create("/data", 9000, peers);

        Assert.Equal(names, string.Join(' ', layout.Peers.Select(p => p.Id)));
        Assert.Equal(factor, layout.ReplicationFactor);
        Assert.Equal(factor < 3, layout.Shortage is not null);
    }

    [Fact]
    public void A_peer_is_told_who_it_is_and_what_the_policy_of_a_local_cluster_is()
    {
        var layout = LocalClusterLayout.Create("/data", 9000, 6);

        var identity = layout.IdentityOf(layout.Find("west-d")!);

        Assert.Equal("west-d", identity["AllData:Peer:Id"]);
        Assert.Equal("west", identity["AllData:Peer:Region"]);
        Assert.Equal("d", identity["AllData:Peer:Zone"]);
        Assert.Equal("http://127.0.0.1:9003", identity["AllData:Peer:Endpoint"]);
        Assert.Equal("/data/west-d", identity["AllData:DataDirectory"]);
        Assert.Equal("9003", identity["AllData:Http:Port"]);
        Assert.Equal("9103", identity["AllData:Silo:SiloPort"]);
        Assert.Equal("9203", identity["AllData:Silo:GatewayPort"]);
        Assert.Equal("/data/cluster.db", identity["AllData:Cluster:DatabaseFile"]);
        Assert.Equal("3", layout.Defaults["AllData:Replication:Factor"]);
        Assert.Equal("1", layout.Defaults["AllData:Replication:OtherZoneReplicas"]);
        Assert.Equal("1", layout.Defaults["AllData:Replication:OtherRegionReplicas"]);
    }

    [Theory]
    [InlineData(8081, 0)]
    [InlineData(8081, 7)]
    [InlineData(0, 6)]
    [InlineData(65_331, 6)]
    public void A_layout_that_cannot_be_is_refused(int basePort, int peers) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => LocalClusterLayout.Create("/data", basePort, peers));

    [Fact]
    public void The_highest_base_port_still_leaves_the_last_gateway_a_port() =>
        Assert.Equal(65_535, LocalClusterLayout.Create("/data", LocalClusterLayout.MaxBasePort, 6).Peers[^1].GatewayPort);

    [Fact]
    public void A_child_is_given_the_whole_layout_and_stops_with_its_parent()
    {
        var layout = LocalClusterLayout.Create("/data", 8081, 6);

        Assert.Equal(
            "local-peer east-e --data /data --base-port 8081 --peers 6 --stop-at-end-of-input --A:B=c",
            string.Join(' ', new PeerCommandLine(layout, ["--A:B=c"]).ForChild(layout.Find("east-e")!)));
    }

    [Fact]
    public void A_person_is_given_the_shortest_command_that_starts_the_peer_again()
    {
        var usual = LocalClusterLayout.Create("/data", 8081, 6);
        var unusual = LocalClusterLayout.Create("/my data", 9000, 3);

        Assert.Equal(
            "dotnet run -c Release --project Silo -- local-peer north-b --data /data",
            new PeerCommandLine(usual, []).ForPerson(usual.Peers[1], Program, isInRepository: true));
        Assert.Equal(
            "'/opt/all data/silo' local-peer north-b --data '/my data' --base-port 9000 --peers 3 '--A:B=it'\\''s'",
            new PeerCommandLine(unusual, ["--A:B=it's"]).ForPerson(unusual.Peers[1], Program, isInRepository: false));
    }

    [Fact]
    public void Three_clusters_are_a_region_each_with_its_own_database_and_a_port_for_the_others()
    {
        var layout = LocalClusterLayout.Create("/data", 8081, 6, clusters: 3);

        Assert.Equal(
            [
                "north-a north 8081 8181 8281 8381", "north-b north 8082 8182 8282 8382", "west-c west 8083 8183 8483 8383",
                "west-d west 8084 8184 8484 8384", "east-e east 8085 8185 8485 8385", "east-f east 8086 8186 8486 8386",
            ],
            layout.Peers.Select(p => $"{p.Id} {p.Cluster} {p.HttpPort} {p.SiloPort} {p.GatewayPort} {p.PeerPort}"));
        var ports = layout.Peers.SelectMany(static p => p.Ports).Select(static p => p.Port).ToList();
        Assert.Equal((24, 24), (ports.Count, ports.Distinct().Count()));
        var identity = layout.IdentityOf(layout.Find("west-d")!);
        Assert.Equal(("/data/west.db", "/data/federation.json", "west", "8384"), (
            identity["AllData:Cluster:DatabaseFile"], identity["AllData:Federation:File"], identity["AllData:Federation:Cluster"],
            identity["AllData:Peers:Http:Port"]));
        var one = LocalClusterLayout.Create("/data", 8081, 6);
        Assert.DoesNotContain("AllData:Federation:File", one.IdentityOf(one.Peers[0]).Keys);
        Assert.Equal(
            "dotnet run -c Release --project Silo -- local-peer west-d --data /data --clusters 3",
            new PeerCommandLine(layout, []).ForPerson(layout.Find("west-d")!, Program, isInRepository: true));
    }

    [Fact]
    public void The_highest_base_port_of_three_clusters_leaves_the_last_gateway_a_port() => Assert.Equal(
        65_535, LocalClusterLayout.Create("/data", LocalClusterLayout.MaxBasePortOfClusters, 6, 3).Peers[^1].GatewayPort);

    [Fact]
    public void The_document_of_three_clusters_is_made_once_and_changes_only_with_them()
    {
        using var data = new TemporaryDirectory();
        var store = Guid.NewGuid();
        var layout = LocalClusterLayout.Create(data.Path, 8081, 6, clusters: 3);
        LocalFederation.Prepare(layout, TimeSpan.FromDays(1), store);
        var made = FederationFile.Read(layout.FederationFile);
        Assert.Equal((store, 1), (made.Store, made.Version));
        Assert.Equal(["north", "west", "east"], made.Clusters.Select(static c => c.Name));
        Assert.Equal(["http://127.0.0.1:8383", "http://127.0.0.1:8384"], made.Find("west")!.Peers.AsEnumerable());
        Assert.Equal([new OrdinalRange(600, 1_199)], made.Find("west")!.Ordinals.AsEnumerable());

        LocalFederation.Prepare(layout, TimeSpan.FromDays(1), Guid.NewGuid());
        Assert.Equal(made, FederationFile.Read(layout.FederationFile));

        LocalFederation.Prepare(LocalClusterLayout.Create(data.Path, 9081, 6, clusters: 3), TimeSpan.FromDays(1), Guid.NewGuid());
        var moved = FederationFile.Read(layout.FederationFile);
        Assert.Equal((store, 2), (moved.Store, moved.Version));
        Assert.Empty(FederationSuccession.FaultsOf(made, moved));
    }

    [Fact]
    public void A_cluster_that_was_dropped_is_neither_started_again_nor_taken_back_into_the_document()
    {
        using var data = new TemporaryDirectory();
        var layout = LocalClusterLayout.Create(data.Path, 8081, 6, clusters: 3);
        Assert.Same(layout, LocalFederation.LeaveOutDropped(layout));
        LocalFederation.Prepare(layout, TimeSpan.FromDays(1), Guid.NewGuid());
        Assert.Same(layout, LocalFederation.LeaveOutDropped(layout));
        var dropped = RegionDrop.Apply(FederationFile.Read(layout.FederationFile), new DroppedRegion { Region = "west", At = DateTimeOffset.UnixEpoch });
        File.WriteAllBytes(layout.FederationFile, FederationJson.Write(dropped));

        var left = LocalFederation.LeaveOutDropped(layout);
        Assert.Equal(["north-a", "north-b", "east-e", "east-f"], left.Peers.Select(static p => p.Id.Value));
        Assert.Contains("--peers 6 --clusters 3", string.Join(' ', new PeerCommandLine(left, []).ForChild(left.Peers[2])), StringComparison.Ordinal);
        Assert.DoesNotContain("--peers", new PeerCommandLine(left, []).ForPerson(left.Peers[2], Program, isInRepository: true), StringComparison.Ordinal);
        LocalFederation.Prepare(left, TimeSpan.FromDays(1), Guid.NewGuid());
        Assert.Equal(dropped, FederationFile.Read(layout.FederationFile));

        // Another port is another version, in which it is still dropped.
        LocalFederation.Prepare(
            LocalFederation.LeaveOutDropped(LocalClusterLayout.Create(data.Path, 9081, 6, clusters: 3)), TimeSpan.FromDays(1), Guid.NewGuid());
        var moved = FederationFile.Read(layout.FederationFile);
        Assert.Equal(3, moved.Version);
        Assert.Empty(FederationSuccession.FaultsOf(dropped, moved));
    }

    [Fact]
    public void A_store_of_one_cluster_is_not_started_as_several_nor_the_other_way_round()
    {
        using var data = new TemporaryDirectory();
        var (one, three) = (LocalClusterLayout.Create(data.Path, 8081, 6), LocalClusterLayout.Create(data.Path, 8081, 6, clusters: 3));
        Assert.Empty(LocalClusterCheck.Complaints(three, []));
        Assert.Contains("several clusters", Assert.Single(LocalClusterCheck.Complaints(one, [])));

        File.Delete(three.FederationFile);
        File.WriteAllText(one.DatabaseFile, "");
        Assert.Contains("one cluster", Assert.Single(LocalClusterCheck.Complaints(three, [])));
        Assert.Empty(LocalClusterCheck.Complaints(one, []));
    }

    [Fact]
    public void The_program_is_its_own_executable_or_the_dotnet_host_with_its_assembly()
    {
        Assert.Equal("/x/AllData.Silo", ChildProgram.Of("/x/AllData.Silo", "/x/AllData.Silo.dll").FileName);
        Assert.Empty(ChildProgram.Of("/x/AllData.Silo", "/x/AllData.Silo.dll").LeadingArguments);
        Assert.Equal("/x/AllData.Silo.dll", Assert.Single(ChildProgram.Of("/usr/bin/dotnet", "/x/AllData.Silo.dll").LeadingArguments));
    }

    [Fact]
    public void A_port_in_use_is_named_with_what_it_is_for()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var taken = ((IPEndPoint)listener.LocalEndpoint).Port;

        var complaint = Assert.Single(PortCheck.Complaints(IPAddress.Loopback, [(taken, "gateway of west-c"), (0, "any")]));

        Assert.Equal($"Port {taken} (gateway of west-c) cannot be used: another process listens on it.", complaint);
    }
}
