using System.Net;
using System.Net.Sockets;
using AllData.Errors;
using AllData.Events;
using AllData.Peers;
using AllData.Remote;
using AllData.Remote.Http.Messages;
using AllData.Replication;
using AllData.Tests.Support;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Remote;

/// <summary>Calls to a peer of another cluster over a real connection.</summary>
public sealed class HttpPeerTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Each_call_arrives_as_it_was_made_and_its_answer_comes_back()
    {
        await using var port = await PeerPort.StartAsync();
        using var client = PeerPort.Client();
        var replica = client.Connect(PeerPort.Name, port.Address);
        var block = TestBlocks.One(5, "five");
        var key = block.Header.FirstKey;
        var stop = CancellationToken.None;

        Assert.Equal(AppendReply.Stored, await replica.AppendAsync(block.Bytes));
        Assert.Equal(AppendReply.AlreadyStored, await replica.AppendAsync(block.Bytes));
        Assert.Equal(block.Bytes.Bytes, port.Peer.Arrived.First().Bytes);
        await replica.PingAsync();
        Assert.Equal(EventDigest.Of(key, "five"u8), Assert.Single((await replica.LookUpAsync([key]))[0].Digests));
        Assert.Equal(2, (await replica.LookUpToPutAsync(new KeyInquiry([new KeyDigest(key, default)], [TestKeys.Two]))).Length);
        Assert.Equal(KeyIssuance.Passed, Assert.Single(await replica.JudgeKeysAsync([key])));
        Assert.Equal("five", Assert.Single(await replica.ReadAsync(key)).ToString());
        Assert.Equal(TestKeys.One, await replica.GetLowWatermarkAsync());
        Assert.Equal(new ClockReading(1_767_614_400_000, -5), await replica.ReadClockAsync());
        Assert.False((await replica.GetChangesAsync(default, stop)).IsComplete);
        var minute = key.UnixMinute;
        Assert.Equal(1, Assert.Single((await replica.ReadBucketsAsync(new BucketRange(minute, minute + 1, 10), stop)).Buckets).Events);
        Assert.Equal("1,2,3", string.Join(",", Assert.Single(await replica.ReadCopysetsAsync(minute, minute + 1, stop)).Ordinals));
        Assert.Equal(48, (await replica.ListBlocksAsync(new BlockListRange(minute, [], null, 10), stop)).Entries.Length);
        var id = new byte[16];
        block.Header.Id.WriteTo(id);
        Assert.Equal(block.Bytes.Bytes, (await replica.FetchBlocksAsync(new BlockFetch(minute, id, 1 << 20), stop)).Blocks);
        Assert.Equal(block.Bytes.Bytes, (await replica.ReadPageAsync(new BlockRange(key, key.GetSuccessor(), [], null, 1 << 20), stop)).Blocks);
        replica.TellTopology(new TopologySnapshot { Version = 9, ClusterId = default, IntervalLength = default, Peers = [], Ordinals = [] });
        await Eventually.Holds("waiting for the news", Bound, () => port.Peer.Told.Contains(9), () => $"{port.Peer.Told.Count} told");
        Assert.Empty(port.Log.Alarms);
    }

    public static TheoryData<Exception, Type, int> Failures() => new()
    {
        { new TimeoutException("Slow."), typeof(TimeoutException), (int)CallFailure.Silent },
        { new IOException("Cut."), typeof(IOException), (int)CallFailure.Unreachable },
        { new OrleansException("Gone."), typeof(IOException), (int)CallFailure.Unreachable },
        { new ReplicaStoreException("Broken."), typeof(ReplicaStoreException), (int)CallFailure.Failed },
        { new PeerNotHostedException(PeerPort.Name), typeof(PeerNotHostedException), (int)CallFailure.Failed },
        { new QuestionTooLargeException("Many.", 3, 5), typeof(QuestionTooLargeException), (int)CallFailure.Failed },
        { new InvalidValueException("Wrong."), typeof(InvalidValueException), (int)CallFailure.Failed },
        { new KeysUnavailableException("None.") { RetryAfter = TimeSpan.FromSeconds(3) }, typeof(KeysUnavailableException), (int)CallFailure.Failed },
        { new ClusterDroppedException("Dropped.", 4), typeof(ClusterDroppedException), (int)CallFailure.Failed },
        { new OverloadedException("Full.", TimeSpan.FromMilliseconds(70)), typeof(OverloadedException), (int)CallFailure.Failed },
        { new InvalidOperationException("Nobody thought of it."), typeof(UnexpectedFailureException), (int)CallFailure.Failed },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task What_the_replica_throws_means_the_same_to_the_caller(Exception thrown, Type expected, int failure)
    {
        await using var port = await PeerPort.StartAsync();
        using var client = PeerPort.Client();
        port.Peer.Before = _ => throw thrown;

        var e = await Assert.ThrowsAnyAsync<Exception>(() => client.Connect(PeerPort.Name, port.Address).LookUpAsync([TestKeys.One]));

        Assert.IsType(expected, e);
        Assert.Contains(thrown.Message, e.Message);
        Assert.Equal((CallFailure)failure, new PeerReplicas(OnlyMemory()).FailureOf(e));
        Assert.Equal((thrown as QuestionTooLargeException)?.Count, (e as QuestionTooLargeException)?.Count);
        Assert.Equal((thrown as KeysUnavailableException)?.RetryAfter, (e as KeysUnavailableException)?.RetryAfter);
        Assert.Equal((thrown as ClusterDroppedException)?.DocumentVersion, (e as ClusterDroppedException)?.DocumentVersion);
        Assert.Equal((thrown as OverloadedException)?.RetryAfter, (e as OverloadedException)?.RetryAfter);
    }

    [Fact]
    public async Task A_call_for_another_store_a_peer_of_another_cluster_and_a_silo_that_starts_are_told_apart()
    {
        await using var port = await PeerPort.StartAsync();
        await using var starting = await PeerPort.StartAsync(host: new PeerPort.Host { Store = null });
        await using var alone = await PeerPort.StartAsync(host: new PeerPort.Host { KnowsPeers = false });
        using var client = PeerPort.Client();
        using var stranger = PeerPort.Client(store: Guid.Parse("00000000-0000-4000-8000-00000000000f"));
        using var early = PeerPort.Client(store: Guid.Empty);

        var other = await Assert.ThrowsAsync<OtherStoreException>(() => stranger.Connect(PeerPort.Name, port.Address).PingAsync());
        Assert.Equal(TestBlocks.Cluster, other.Actual);
        Assert.Contains("not registered in this cluster", (await Assert.ThrowsAsync<PeerProtocolException>(
            () => client.Connect(PeerId.Parse("east-z"), port.Address).PingAsync())).Message);
        Assert.Contains("its store yet", await UnreachableAsync(client.Connect(PeerPort.Name, starting.Address)));
        Assert.Contains("of its cluster yet", await UnreachableAsync(client.Connect(PeerPort.Name, alone.Address)));
        Assert.Contains("this silo does not know", await UnreachableAsync(early.Connect(PeerPort.Name, port.Address)));

        // One that starts is no reason not to ask the next.
        await client.Connect(PeerPort.Name, $"{starting.Address},{port.Address}").PingAsync();
    }

    [Fact]
    public async Task Why_a_peer_cannot_be_reached_is_said_once()
    {
        using var client = PeerPort.Client();
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var place = closed.LocalEndpoint;
        closed.Stop();

        var refused = await Assert.ThrowsAsync<IOException>(() => client.Connect(PeerPort.Name, $"http://{place}").PingAsync());
        Assert.EndsWith($" at {place} cannot be reached: Connection refused ({place})", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoints_are_tried_in_turn_and_the_one_that_answered_is_asked_first()
    {
        await using var port = await PeerPort.StartAsync();
        using var client = PeerPort.Client();
        using var nobody = new TcpListener(IPAddress.Loopback, 0);
        nobody.Start();
        var place = (IPEndPoint)nobody.LocalEndpoint;
        var dead = $"http://{place}";
        nobody.Stop();

        await client.Connect(PeerPort.Name, $"{dead},{port.Address}").PingAsync();
        Assert.Contains("cannot be reached", (await Assert.ThrowsAsync<IOException>(() => client.Connect(PeerPort.Name, dead).PingAsync())).Message);

        // The dead one is a listener now, which must not be asked: a connection to it would be silent.
        using var silent = new TcpListener(place);
        silent.Start();
        await client.Connect(PeerPort.Name, $"{dead},{port.Address}").PingAsync();
        Assert.False(silent.Pending());
    }

    [Fact]
    public async Task A_silent_endpoint_costs_one_deadline_and_then_the_other_is_asked()
    {
        await using var port = await PeerPort.StartAsync();
        using var client = PeerPort.Client(static o => o.Deadlines.Replica = TimeSpan.FromSeconds(1));
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var replica = client.Connect(PeerPort.Name, $"http://{silent.LocalEndpoint},{port.Address}");

        var e = await Assert.ThrowsAsync<TimeoutException>(() => replica.PingAsync());
        Assert.Contains($"Peer 'west-a' at {silent.LocalEndpoint} has not answered 'ping' within 00:00:01", e.Message);
        await replica.PingAsync();
    }

    [Fact]
    public async Task A_call_that_is_cancelled_ends_at_both_ends()
    {
        await using var port = await PeerPort.StartAsync();
        using var client = PeerPort.Client();
        var arrived = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        port.Peer.Before = async _ =>
        {
            arrived.SetResult();
            await ended.Task;
        };
        using var cancel = new CancellationTokenSource();

        var call = client.Connect(PeerPort.Name, port.Address).GetChangesAsync(default, cancel.Token);
        await arrived.Task.WaitAsync(Bound);
        await using var seen = port.Peer.LastToken.Register(ended.SetResult);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await ended.Task.WaitAsync(Bound);
        await Eventually.Holds("waiting until nothing is in flight", Bound, () => port.Traffic.Requests == 0, () => $"{port.Traffic.Requests} in flight");
    }

    [Fact]
    public async Task Beyond_the_requests_in_flight_a_block_is_held_back_and_a_question_refused()
    {
        await using var port = await PeerPort.StartAsync(static o => o.MaxRequestsInFlight = 1);
        using var client = PeerPort.Client();
        var replica = client.Connect(PeerPort.Name, port.Address);
        var arrived = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        port.Peer.Before = async _ =>
        {
            arrived.TrySetResult();
            await go.Task;
        };

        var first = replica.AppendAsync(TestBlocks.One(1).Bytes);
        await arrived.Task.WaitAsync(Bound);
        var second = await replica.AppendAsync(TestBlocks.One(2).Bytes);
        Assert.Equal((AppendStatus.Overloaded, TimeSpan.FromMilliseconds(200)), (second.Status, second.RetryAfter));
        await Assert.ThrowsAsync<OverloadedException>(() => replica.PingAsync());
        go.SetResult();
        Assert.Equal(AppendStatus.Stored, (await first).Status);
        Assert.Equal(AppendStatus.Stored, (await replica.AppendAsync(TestBlocks.One(2).Bytes)).Status);
    }

    [Fact]
    public async Task Answers_count_toward_the_bytes_in_flight()
    {
        await using var port = await PeerPort.StartAsync(static o => o.MaxWaitingBytes = 180);
        using var client = PeerPort.Client();
        var replica = client.Connect(PeerPort.Name, port.Address);
        var block = TestBlocks.One(1);
        Assert.Equal(AppendStatus.Stored, (await replica.AppendAsync(block.Bytes)).Status);

        await Assert.ThrowsAsync<OverloadedException>(() => replica.ReadPageAsync(
            new BlockRange(block.Header.FirstKey, block.Header.LastKey.GetSuccessor(), [], null, 1 << 20), CancellationToken.None));
        await Eventually.Holds("waiting until nothing is in flight", Bound, () => port.Traffic.Bytes == 0, () => $"{port.Traffic.Bytes} bytes");
    }

    [Theory]
    [InlineData("")]
    [InlineData("west")]
    [InlineData("http://10.0.0.5:8381")]
    [InlineData("https://127.0.0.1:8381")]
    [InlineData("http://127.0.0.1:8381/path")]
    [InlineData("http://user@127.0.0.1:8381")]
    [InlineData("ftp://127.0.0.1")]
    public void An_address_that_is_none_or_that_is_not_safe_is_refused(string address)
    {
        using var client = PeerPort.Client();

        Assert.Throws<FormatException>(() => client.Connect(PeerPort.Name, address));
    }

    private static async Task<string> UnreachableAsync(IReplica replica) => (await Assert.ThrowsAsync<IOException>(() => replica.PingAsync())).Message;

    private static PeerClients OnlyMemory() => new([new PeerClientRegistration(PeerRoute.Grain, static _ => new MemoryPeerClient())], null!);
}
