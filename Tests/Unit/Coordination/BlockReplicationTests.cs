using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using AllData.Coordination;
using AllData.Diagnostics;
using AllData.Errors;
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
    private readonly ConcurrentQueue<string> _ends = [];
    private readonly BlockReplicationServices _services;

    public BlockReplicationTests()
    {
        var meter = new AllDataMeter(GrainStub.Of<IMeterFactory>((_, _) => _meter));
        _services = new BlockReplicationServices(
            GrainStub.Of<IReplicas>((_, arguments) => arguments[0] is PeerId peer ? ReplicaOf(peer) : CallFailure.Unreachable),
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

    /// <summary>What the replicas answer, in the order in which they are asked, and how the number of the block ends.</summary>
    public static TheoryData<string, string> Ends => new()
    {
        { "Stored Stored Stored", "settled" },
        { "Stored thrown thrown thrown", "settled" },
        { "AlreadyStored Invalid Invalid", "settled" },
        { "Invalid Invalid Invalid", "abandoned" },
        { "Conflict Conflict Conflict", "abandoned" },
        { "IntervalNotOpen IntervalNotOpen IntervalNotOpen", "abandoned" },
        { "Overloaded Overloaded Overloaded Overloaded", "abandoned" },
        { "ReadOnly ReadOnly ReadOnly ReadOnly", "abandoned" },
        { "Invalid Invalid Failed Invalid", "settled" },
        { "Invalid Invalid thrown Invalid", "settled" },
        { "Invalid Invalid silent Invalid", "" },
        { "Stored Stored silent silent", "settled" },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task The_number_of_a_block_is_abandoned_only_when_each_replica_that_was_asked_says_that_it_wrote_nothing(string answers, string end)
    {
        var put = Start();
        var words = answers.Split(' ');
        await Eventually.Holds("all that are asked have answered", TimeSpan.FromSeconds(30), AnswerAndLook, () => $"{_calls.Count} calls, {_ends.Count} ends");

        Assert.Equal(end, _ends.FirstOrDefault() ?? "");
        Assert.True(end == "abandoned" ? _ends.Count == 1 : !_ends.Contains("abandoned"), string.Join(' ', _ends));

        bool AnswerAndLook()
        {
            var calls = _calls.ToList();
            for (var i = 0; i < calls.Count; i++)
            {
                Answer(calls[i].Reply, words[Math.Min(i, words.Length - 1)]);
            }

            return end.Length == 0 ? put.IsFaulted : !_ends.IsEmpty;
        }
    }

    [Fact]
    public async Task A_late_answer_decides_over_the_number_of_a_put_that_was_given_up()
    {
        var put = Start();
        var calls = _calls.ToList();
        Answer(calls[0].Reply, "Invalid");
        Answer(calls[1].Reply, "Invalid");
        _time.Advance(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAnyAsync<PutException>(() => put);
        Assert.Empty(_ends);

        Answer(calls[2].Reply, "Stored");
        await Eventually.Holds("the number has ended", TimeSpan.FromSeconds(30), () => !_ends.IsEmpty, () => "it is under way");
        Assert.Equal("settled", _ends.First());
    }

    [Fact]
    public async Task The_number_of_a_block_that_could_not_leave_is_abandoned()
    {
        var put = Start(CommitLevel.All, TestAvailability.Where(_topology, ("p2", PeerAvailability.Dead), ("p3", PeerAvailability.Dead)));

        await Assert.ThrowsAnyAsync<PutException>(() => put);
        Assert.Empty(_calls);
        Assert.Equal("abandoned", Assert.Single(_ends));
    }

    private static void Answer(TaskCompletionSource<AppendReply> reply, string word)
    {
        if (word == "thrown")
        {
            reply.TrySetException(new IOException("The connection broke."));
        }
        else if (word != "silent")
        {
            reply.TrySetResult(new AppendReply(Enum.Parse<AppendStatus>(word)));
        }
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

    private Task<AcknowledgePut> Start(CommitLevel level = CommitLevel.All, TestAvailability? availability = null)
    {
        var copyset = PlacementPlanner.Draw(_topology, TestTopology.Policy(3, 2), TestTopology.At(_topology, 1), new Random(1));
        var engine = new PutEngine(
            copyset, CommitRequirement.Create(level, 3), availability ?? TestAvailability.AllOf(_topology), new Random(1), _services.Budget);
        var numbers = GrainStub.Of<IBlockNumbers>((method, arguments) =>
        {
            _ends.Enqueue(method.Name == nameof(IBlockNumbers.Settle) || arguments is [_, false] ? "settled" : "abandoned");
            return null;
        });
        return new BlockReplication(_services, engine, TestBlocks.One(_calls.Count), numbers).RunAsync(TimeSpan.FromSeconds(10));
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
