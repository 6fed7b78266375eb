using System.Net;
using System.Net.Sockets;
using AllData.Client.Connection;

namespace AllData.Tests.Unit.Client;

public sealed class GatewayTests
{
    [Theory]
    [InlineData("127.0.0.1:8281", "127.0.0.1", 8281)]
    [InlineData("silo-1.example:30000", "silo-1.example", 30000)]
    [InlineData("[::1]:8281", "::1", 8281)]
    public void A_gateway_is_host_and_port(string text, string host, int port)
    {
        Assert.True(GatewayAddress.TryParse(text, out var address));
        Assert.Equal((host, port, text), (address.Host, address.Port, address.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("host")]
    [InlineData(":8281")]
    [InlineData("host:")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host:+1")]
    [InlineData("::1:8281")]
    public void Anything_else_is_no_gateway(string text) => Assert.False(GatewayAddress.TryParse(text, out _));

    [Fact]
    public async Task The_probe_finds_those_that_accept_in_their_order()
    {
        using var first = Listen();
        using var second = Listen();
        using var gone = Listen();
        IPEndPoint[] endpoints = [.. new[] { second, gone, first }.Select(l => (IPEndPoint)l.LocalEndpoint)];
        gone.Stop();
        var found = await GatewayProbe.FindAcceptingAsync(endpoints, TimeSpan.FromSeconds(5), TimeProvider.System, CancellationToken.None);
        Assert.Equal([endpoints[0], endpoints[2]], found.AsEnumerable());
    }

    [Fact]
    public async Task A_cluster_that_does_not_answer_is_told_within_the_bound()
    {
        using var gone = Listen();
        var port = ((IPEndPoint)gone.LocalEndpoint).Port;
        gone.Stop();
        var bound = TimeSpan.FromMilliseconds(300);
        var address = new ClusterAddress([new GatewayAddress("127.0.0.1", port)], "c", "s", bound, TimeSpan.FromSeconds(1));
        var connecting = new OrleansConnector(TimeProvider.System).ConnectAsync(address, CancellationToken.None);
        var failure = await Assert.ThrowsAsync<NoClusterException>(() => connecting).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Contains($"127.0.0.1:{port}", failure.Message, StringComparison.Ordinal);
    }

    private static TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }
}
