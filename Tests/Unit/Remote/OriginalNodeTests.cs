using System.Net;
using System.Net.Sockets;
using AllData.Configuration;
using AllData.Errors;
using AllData.Remote.Conformance;
using AllData.Remote.Original;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Remote;

/// <summary>Nodes of the original alldata as peers.</summary>
public sealed class OriginalNodeTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task It_keeps_every_promise_of_a_put_only_client()
    {
        await using var node = await OriginalNode.StartAsync();
        using var client = Client(TimeSpan.FromSeconds(2));
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var gone = new TcpListener(IPAddress.Loopback, 0);
        gone.Start();
        var nowhere = $"http://{gone.LocalEndpoint}/";
        gone.Stop();

        Assert.Empty(await PeerClientCheck.RunAsync(new PeerClientSubject
        {
            Client = client,
            Peer = PeerPort.Name,
            Address = node.Address,
            Store = TestBlocks.Cluster,
            SilentAddress = $"http://{silent.LocalEndpoint}/",
            UnreachableAddress = nowhere,
        }));
    }

    [Fact]
    public async Task Each_event_arrives_under_its_key_as_it_was_put()
    {
        await using var node = await OriginalNode.StartAsync();
        using var client = Client();
        var block = TestBlocks.Of((TestBlocks.Key(1), """{ "a" : "Grüße" }"""), (TestBlocks.Key(2), "[1,2]"), (TestBlocks.Key(3), "null"));

        Assert.Equal(AppendReply.Stored, await client.Connect(PeerPort.Name, node.Address).AppendAsync(block.Bytes));
        Assert.Equal(
            new Dictionary<string, string>
            {
                [TestBlocks.Key(1).ToString()] = """{ "a" : "Grüße" }""",
                [TestBlocks.Key(2).ToString()] = "[1,2]",
                [TestBlocks.Key(3).ToString()] = "null",
            },
            node.Events.ToDictionary());
    }

    [Fact]
    public async Task What_is_not_JSON_is_sent_to_no_original_node()
    {
        await using var node = await OriginalNode.StartAsync();
        using var client = Client();

        var reply = await client.Connect(PeerPort.Name, node.Address).AppendAsync(TestBlocks.One(1, "{\"a\":1}}").Bytes);

        Assert.Equal(AppendStatus.ReadOnly, reply.Status);
        Assert.Contains("is not JSON", reply.Reason);
        Assert.Empty(node.Events);
    }

    [Fact]
    public async Task A_node_whose_store_fails_for_one_event_has_not_stored_the_block()
    {
        await using var node = await OriginalNode.StartAsync();
        using var client = Client();
        node.BeforeKeeping = static key => key == TestBlocks.Key(2).ToString() ? throw new InvalidOperationException() : Task.CompletedTask;

        var e = await Assert.ThrowsAsync<UnexpectedFailureException>(() => client.Connect(PeerPort.Name, node.Address)
            .AppendAsync(TestBlocks.Of((TestBlocks.Key(1), "1"), (TestBlocks.Key(2), "2")).Bytes));

        Assert.EndsWith("answers with status 500.", e.Message);
    }

    [Fact]
    public async Task A_node_that_is_killed_before_it_answers_is_unreachable()
    {
        await using var node = await OriginalNode.StartAsync();
        using var client = Client();
        var arrived = new TaskCompletionSource();
        node.BeforeKeeping = async _ =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.Infinite);
        };

        var call = client.Connect(PeerPort.Name, node.Address).AppendAsync(TestBlocks.One(1, "1").Bytes);
        await arrived.Task.WaitAsync(Bound);
        await node.KillAsync();

        await Assert.ThrowsAsync<IOException>(() => call.WaitAsync(Bound));
    }

    [Fact]
    public async Task A_slow_node_stores_late()
    {
        await using var node = await OriginalNode.StartAsync();
        using var client = Client(TimeSpan.FromMilliseconds(200));
        var go = new TaskCompletionSource();
        node.BeforeKeeping = _ => go.Task;

        var call = client.Connect(PeerPort.Name, node.Address).AppendAsync(TestBlocks.One(1, "1").Bytes);
        Assert.False(call.IsCompleted);
        go.SetResult();

        Assert.Equal(AppendReply.Stored, await call.WaitAsync(Bound));
    }

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0.9:8080")]
    [InlineData("ftp://10.0.0.9/")]
    public void An_address_that_is_none_is_refused(string address)
    {
        using var client = Client();

        Assert.Throws<FormatException>(() => client.Connect(PeerPort.Name, address));
    }

    private static OriginalNodeClient Client(TimeSpan? deadline = null) =>
        new(new DeadlineOptions { Replica = deadline ?? TimeSpan.FromSeconds(30) }, TimeProvider.System);
}
