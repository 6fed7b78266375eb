using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using AllData.Coordination;
using AllData.Diagnostics;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Placement;
using AllData.Protocol.Puts;
using AllData.Protocol.Topologies;
using AllData.Remote;
using AllData.Replication;
using AllData.Tests.Support;
using AllData.Tests.Unit.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace AllData.Tests.Unit.Coordination;

/// <summary>What is waited for while a block is replicated.</summary>
public sealed class BlockReplicationTests : IDisposable
{
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    private readonly SteppedTime _time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly Meter _meter = new("AllData.Tests.BlockReplication");
    private readonly Topology _topology = TestTopology.Of("r/a", "r/b", "r/c", "r/d");
    private readonly ConcurrentQueue<(PeerId Peer, TaskCompletionSource<AppendReply> Reply)> _calls = [];
    private readonly BlockReplicationServices _services;

    public BlockReplicationTests()
    {
        var meter = new AllDataMeter(GrainStub.Of<IMeterFactory>((_, _) => _meter));
        _services = new BlockReplicationServices(
            GrainStub.Of<IReplicas>((_, arguments) => ReplicaOf((PeerId)arguments[0]!)),
            new PeerHealth(PeerId.Parse("p1"), Longest, Shortest),
            new ReplacementBudget(),
            new ReplicaPressure(_time),
            new PutInstruments(meter),
            new PeerInstruments(meter),
            _time,
            NullLogger<BlockReplication>.Instance);
    }

    public void Dispose() => _meter.Dispose();

    [Fact]
    public async Task A_peer_that_hangs_is_replaced_after_the_shortest_deadline_when_it_usually_answers_at_once()
    {
        await PutAsync(AnswerTimes.Known);

        var put = Start();
        var hung = _calls.Last();
        AnswerAll(except: hung.Peer);
        _time.Advance(Shortest - TimeSpan.FromMilliseconds(1) - Usual);
        Assert.Empty(_calls.Where(c => !c.Reply.Task.IsCompleted && c.Peer != hung.Peer));

        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Eventually.Holds(
            "the spare is sent to", TimeSpan.FromSeconds(30), () => _calls.Count > (3 * AnswerTimes.Known) + 3, () => $"{_calls.Count} calls");
        AnswerAll(except: hung.Peer);

        var reply = await put;
        Assert.Equal((3, Adherence.Relaxed), (reply.Holders.Length, reply.Adherence));
    }

    [Fact]
    public async Task A_peer_that_no_caller_waits_for_has_the_longest_deadline()
    {
        await PutAsync(AnswerTimes.Known);
        var before = _calls.Count;

        var put = Start(CommitLevel.Quorum);
        var late = _calls.Last();
        AnswerAll(except: late.Peer);
        Assert.Equal(2, (await put).Holders.Length);
        _time.Advance(Shortest);
        _time.Advance(Longest - Shortest - Usual - TimeSpan.FromMilliseconds(1));
        Assert.Equal(before + 3, _calls.Count);

        await Eventually.Holds("the spare is sent to", TimeSpan.FromSeconds(30), IsReplacedAMomentLater, () => $"{_calls.Count - before} calls");
        AnswerAll(except: null);

        // The second wait begins a moment after the first: on a thread of its own.
        bool IsReplacedAMomentLater()
        {
            _time.Advance(TimeSpan.FromMilliseconds(10));
            return _calls.Count == before + 4;
        }
    }

    [Fact]
    public async Task The_first_answers_of_a_peer_may_take_as_long_as_any()
    {
        await PutAsync(AnswerTimes.Known - 1);

        var put = Start();
        _time.Advance(Longest - TimeSpan.FromMilliseconds(1));
        AnswerAll(except: null);

        Assert.Equal(Adherence.Strict, (await put).Adherence);
    }

    private async Task PutAsync(int times)
    {
        for (var i = 0; i < times; i++)
        {
            var put = Start();
            AnswerAll(except: null);
            await put;
        }
    }

    private Task<AcknowledgePut> Start(CommitLevel level = CommitLevel.All)
    {
        var copyset = PlacementPlanner.Draw(_topology, TestTopology.Policy(3, 2), TestTopology.At(_topology, 1), new Random(1));
        var engine = new PutEngine(
            copyset, CommitRequirement.Create(level, 3), TestAvailability.AllOf(_topology), new Random(1), _services.Budget);
        return new BlockReplication(_services, engine, TestBlocks.One(_calls.Count)).RunAsync(TimeSpan.FromSeconds(10));
    }

    private void AnswerAll(PeerId? except)
    {
        _time.Advance(Usual);
        foreach (var (peer, reply) in _calls)
        {
            if (peer != except)
            {
                reply.TrySetResult(new AppendReply(AppendStatus.Stored));
            }
        }
    }

    private IReplica ReplicaOf(PeerId peer) => GrainStub.Of<IReplica>((_, _) =>
    {
        var reply = new TaskCompletionSource<AppendReply>();
        _calls.Enqueue((peer, reply));
        return reply.Task;
    });
}
