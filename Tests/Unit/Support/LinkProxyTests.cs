using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Support;

/// <summary>The network between clusters, as the long runs cut it and slow it down.</summary>
public sealed class LinkProxyTests : IAsyncLifetime
{
    private const int RoundTrips = 20;

    private readonly ClusterNetwork _network = new(["west", "east"]);
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly LinkProxy _proxy;
    private readonly Socket _caller = new(SocketType.Stream, ProtocolType.Tcp);
    private Socket? _served;

    public LinkProxyTests()
    {
        _server.Start();
        _proxy = new LinkProxy(((IPEndPoint)_server.LocalEndpoint).Port, _network["west", "east"], _network["east", "west"]);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _caller.Dispose();
        _served?.Dispose();
        await _proxy.DisposeAsync();
        _server.Stop();
    }

    [Fact]
    public async Task What_is_sent_arrives_in_both_directions_and_is_counted()
    {
        var served = await ConnectAsync();
        await SendAsync(_caller, "question");
        Assert.Equal("question", await ReceiveAsync(served, 8));
        await SendAsync(served, "answer");
        Assert.Equal("answer", await ReceiveAsync(_caller, 6));

        await Eventually.IsAsync("both are counted", () => _network.BytesAcross("west"), static bytes => bytes == 14);
    }

    [Fact]
    public async Task What_is_sent_in_the_direction_that_is_cut_arrives_when_it_heals_and_the_other_direction_is_open_meanwhile()
    {
        var served = await ConnectAsync();
        _network.Cut("west", CutDirection.Outward);
        await SendAsync(_caller, "late");
        for (var i = 0; i < RoundTrips; i++)
        {
            await SendAsync(served, "open");
            Assert.Equal("open", await ReceiveAsync(_caller, 4));
        }

        Assert.Equal(0, served.Available);
        _network.Heal();
        Assert.Equal("late", await ReceiveAsync(served, 4));
    }

    [Fact]
    public async Task What_a_region_is_sent_is_cut_alone_too()
    {
        var served = await ConnectAsync();
        _network.Cut("west", CutDirection.Inward);
        await SendAsync(served, "late");
        for (var i = 0; i < RoundTrips; i++)
        {
            await SendAsync(_caller, "open");
            Assert.Equal("open", await ReceiveAsync(served, 4));
        }

        Assert.Equal(0, _caller.Available);
        _network.Heal();
        Assert.Equal("late", await ReceiveAsync(_caller, 4));
    }

    [Fact]
    public async Task Neither_end_learns_that_the_other_one_has_closed_until_it_heals()
    {
        var served = await ConnectAsync();
        _network.Cut("east", CutDirection.Both);
        await SendAsync(_caller, "last");
        _caller.Close();
        var received = ReceiveAsync(served, 5);
        Assert.False(received.IsCompleted);

        _network.Heal();
        Assert.Equal("last", await received.Soon());
    }

    [Fact]
    public async Task No_connection_is_made_while_a_direction_is_cut()
    {
        _network.Cut("east", CutDirection.Outward);
        await _caller.ConnectAsync(IPAddress.Loopback, _proxy.Port);
        await SendAsync(_caller, "late");
        Assert.False(_server.Pending());

        _network.Heal();
        _served = await _server.AcceptSocketAsync().Soon();
        Assert.Equal("late", await ReceiveAsync(_served, 4));
    }

    [Fact]
    public async Task A_delay_is_added_to_each_direction()
    {
        var served = await ConnectAsync();
        _network.SetRoundTrip(TimeSpan.FromMilliseconds(60));
        var watch = Stopwatch.StartNew();
        await SendAsync(_caller, "question");
        await ReceiveAsync(served, 8);
        Assert.True(watch.Elapsed >= TimeSpan.FromMilliseconds(29), $"It took {watch.Elapsed} only.");
        await SendAsync(served, "answer");
        await ReceiveAsync(_caller, 6);
        Assert.True(watch.Elapsed >= TimeSpan.FromMilliseconds(58), $"It took {watch.Elapsed} only.");
    }

    [Fact]
    public async Task A_caller_is_told_when_nothing_listens_behind_it()
    {
        _server.Stop();
        await _caller.ConnectAsync(IPAddress.Loopback, _proxy.Port);
        Assert.Equal("", await ReceiveAsync(_caller, 1).Soon());
    }

    private async Task<Socket> ConnectAsync()
    {
        await _caller.ConnectAsync(IPAddress.Loopback, _proxy.Port);
        return _served = await _server.AcceptSocketAsync().Soon();
    }

    private static async Task SendAsync(Socket socket, string text) => await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes(text));

    // Up to the end of the stream where fewer come.
    private static async Task<string> ReceiveAsync(Socket socket, int length)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: false);
        var bytes = new byte[length];
        var read = await stream.ReadAtLeastAsync(bytes, length, throwOnEndOfStream: false).AsTask().Soon();
        return System.Text.Encoding.ASCII.GetString(bytes, 0, read);
    }
}
