using AllData.Configuration;
using AllData.Events;
using AllData.Membership;
using AllData.Peers;
using AllData.Remote;
using AllData.Remote.Conformance;
using AllData.Remote.Http.Serving;
using AllData.Replication;
using AllData.Silo.Http.Peers;
using AllData.Tests.Support;
using AllData.Tests.Unit.Remote;
using Microsoft.Extensions.Logging;

namespace AllData.Tests.Cluster;

/// <summary>Peers of real silos, reached by their grains and over the peer protocol.</summary>
public sealed class PeerClientTests
{
    private static readonly PeerSpec[] Two = [new("north-a", "north", "a"), new("north-b", "north", "b")];

    [Fact]
    public async Task The_grains_and_the_peer_protocol_keep_every_promise_of_a_peer_client_and_a_put_goes_over_either()
    {
        await using var cluster = await AllDataCluster.StartAsync(Two);
        var subject = new PeerClientSubject
        {
            Client = cluster.Service<GrainPeerClient>("north-a"),
            Peer = PeerId.Parse("north-b"),
            Address = "",
            Store = cluster.Service<HostedPeer>("north-a").ClusterId,
        };
        Assert.Empty(await PeerClientCheck.RunAsync(subject));

        using var certificates = new TestCertificates();
        await using var listener = await ListenAsync(cluster, certificates);
        using var client = PeerPort.Client(o => Identify(certificates, o.Peers.Http, "caller"), subject.Store);
        Assert.Empty(await PeerClientCheck.RunAsync(subject with { Client = client, Address = listener.Address!.ToString() }));

        // The silo of north-a reaches north-b through the port of its own cluster as if that were another.
        await using var bare = new PeerListener(
            cluster.Service<PeerRequestHandler>("north-a"), new PeerHttpOptions { Port = 0 }, TimeProvider.System, cluster.Service<ILoggerFactory>("north-a"));
        await bare.StartAsync(CancellationToken.None);
        cluster.Service<PeerReplicas>("north-a").SetRoute(subject.Peer, new PeerRoute(PeerRoute.Http, bare.Address!.ToString()));
        var receipt = await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("""{"over":"http"}"""), new PutOptions { Level = CommitLevel.All });
        Assert.Equal(["north-a", "north-b"], receipt.Replicas.Select(static r => r.Peer.Value).Order());
        Assert.Equal("""{"over":"http"}""", Assert.Single((await cluster.CoordinatorReadAsync("north-a", receipt.Key)).Events).Payload.ToString());
    }

    private static async Task<PeerListener> ListenAsync(AllDataCluster cluster, TestCertificates certificates)
    {
        var options = new PeerHttpOptions { Port = 0 };
        Identify(certificates, options, "server");
        var listener = new PeerListener(
            cluster.Service<PeerRequestHandler>("north-a"), options, TimeProvider.System, cluster.Service<ILoggerFactory>("north-a"));
        await listener.StartAsync(CancellationToken.None);
        return listener;
    }

    private static void Identify(TestCertificates certificates, PeerHttpOptions options, string name)
    {
        (options.CertificateFile, options.KeyFile, _) = certificates.Issue(name);
        options.TrustedCaFile = certificates.AuthorityFile;
    }
}
