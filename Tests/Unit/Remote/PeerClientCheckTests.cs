using System.Net;
using System.Net.Sockets;
using AllData.Remote;
using AllData.Remote.Conformance;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Remote;

/// <summary>The check that a custom peer client can run: of the sample client, and of ones that break a promise.</summary>
public sealed class PeerClientCheckTests
{
    [Fact]
    public async Task The_sample_of_a_custom_client_keeps_every_promise()
    {
        var silent = new MemoryPeer { Before = static _ => throw new TimeoutException("It does not answer.") };
        var gone = new MemoryPeer { Before = static _ => throw new IOException("It is not there.") };
        var client = new MemoryPeerClient().With("1", new MemoryPeer()).With("silent", silent).With("gone", gone);

        Assert.Empty(await PeerClientCheck.RunAsync(SubjectOf(client) with { SilentAddress = "silent", UnreachableAddress = "gone" }));
    }

    [Fact]
    public async Task The_peer_protocol_keeps_every_promise()
    {
        await using var port = await PeerPort.StartAsync();
        using var client = PeerPort.Client(static o => o.Deadlines.Replica = TimeSpan.FromSeconds(2));
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var gone = new TcpListener(IPAddress.Loopback, 0);
        gone.Start();
        var nowhere = $"http://{gone.LocalEndpoint}";
        gone.Stop();

        Assert.Empty(await PeerClientCheck.RunAsync(SubjectOf(client, port.Address) with
        {
            SilentAddress = $"http://{silent.LocalEndpoint}",
            UnreachableAddress = nowhere,
        }));
    }

    [Fact]
    public async Task A_client_that_breaks_a_promise_is_told_which()
    {
        Assert.Contains("found under its keys", await FirstBrokenAsync(new BrokenPeer { ForgetsBlocks = true }));
        Assert.Contains("may be sent again", await FirstBrokenAsync(new BrokenPeer { StoresTwice = true }));
        Assert.Contains("as they were sent", await FirstBrokenAsync(new BrokenPeer { ChangesBytes = true }));
        Assert.Contains("no incarnation is told of", await FirstBrokenAsync(new BrokenPeer { TellsNoNumbers = true }));
        Assert.Contains("silent at the deadline: Ping throws IOException", await FirstBrokenAsync(new BrokenPeer(), new MemoryPeer
        {
            Before = static _ => throw new IOException("It cannot tell silence from absence."),
        }));
        Assert.Contains("What cannot be asked is refused: LookUp answers", string.Join('\n', await PeerClientCheck.RunAsync(
            SubjectOf(new MemoryPeerClient { Capabilities = PeerCapabilities.PutOnly }.With("1", new MemoryPeer())))));
    }

    private static async Task<string> FirstBrokenAsync(BrokenPeer peer, MemoryPeer? silent = null) => string.Join('\n', await PeerClientCheck.RunAsync(
        SubjectOf(new MemoryPeerClient().With("1", peer).With("silent", silent ?? new MemoryPeer()))
            with
        { SilentAddress = silent is null ? null : "silent" }));

    private static PeerClientSubject SubjectOf(IPeerClient client, string address = "1") => new()
    {
        Client = client,
        Peer = PeerPort.Name,
        Address = address,
        Store = TestBlocks.Cluster,
    };
}
