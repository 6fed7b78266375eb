using System.Diagnostics;
using System.Diagnostics.Metrics;
using AllData.Coordination;
using AllData.Diagnostics;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Placement;
using AllData.Protocol.Puts;
using AllData.Protocol.Topologies;
using AllData.Puts;
using AllData.Remote;
using AllData.Replication;
using AllData.Simulation.Running;
using AllData.Tests.Support;
using AllData.Tests.Unit.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace AllData.Tests.Unit.Coordination;

/// <summary>The spans of the put of a block, and of its attempts.</summary>
public sealed class PutTraceTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    private readonly SteppedTime _time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly Topology _topology = TestTopology.Of("north/a", "north/b", "west/c", "east/d");
    private readonly RecordedSpans _spans = new(AllDataTelemetry.ServerSource);
    private readonly Dictionary<string, Func<Task<AppendReply>>> _replicas = [];

    public void Dispose() => _spans.Dispose();

    [Fact]
    public async Task An_attempt_that_fails_names_its_peer_and_the_one_that_takes_its_place()
    {
        var failing = await PutWithoutOneAsync(static () =>
            Task.FromException<AppendReply>(new IOException("The connection is gone.\n ---> at a place in the sources")));

        var put = _spans.Single("alldata.put");
        var attempts = _spans.Of("alldata.replica.append");
        Assert.Equal(4, attempts.Count);
        Assert.All(attempts, a => Assert.Equal((put.SpanId, ActivityKind.Client), (a.ParentSpanId, a.Kind)));
        var failed = attempts.Single(a => Tag(a, "alldata.peer.id") == failing);
        var spare = attempts.Single(a => Tag(a, "alldata.replica.replaces") == failing);
        Assert.Equal(("no_answer", "System.IO.IOException"), (Tag(failed, "alldata.replica.outcome"), Tag(failed, "error.type")));
        Assert.Equal((ActivityStatusCode.Error, Tag(spare, "alldata.peer.id")), (failed.Status, Tag(failed, "alldata.replica.replaced_by")));
        Assert.Equal("The connection is gone.", failed.StatusDescription);
        Assert.Equal(("stored", ActivityStatusCode.Unset), (Tag(spare, "alldata.replica.outcome"), spare.Status));
        var where = _topology[_topology.IndexOf(PeerId.Parse(failing))].Location;
        Assert.Equal((where.Zone, where.Region), (Tag(failed, "alldata.peer.zone"), Tag(failed, "alldata.peer.region")));
        Assert.Equal("relaxed", Tag(put, "alldata.put.adherence"));
    }

    [Fact]
    public async Task A_silent_peer_is_replaced_and_its_late_answer_ends_its_span()
    {
        var late = new TaskCompletionSource<AppendReply>();
        var silent = await PutWithoutOneAsync(() => late.Task, () => _time.Advance(Deadline));
        Assert.DoesNotContain(_spans.Of("alldata.replica.append"), a => Tag(a, "alldata.peer.id") == silent);

        late.SetResult(new AppendReply(AppendStatus.Stored));
        var attempts = await _spans.EndedAsync("alldata.replica.append", 4);
        var attempt = attempts.Single(a => Tag(a, "alldata.peer.id") == silent);
        Assert.Equal(("stored", "True"), (Tag(attempt, "alldata.replica.outcome"), Tag(attempt, "alldata.replica.late")));
        Assert.Equal("silent", Assert.Single(attempt.Events).Name);
        Assert.NotNull(Tag(attempt, "alldata.replica.replaced_by"));
    }

    [Fact]
    public async Task The_put_is_a_part_of_the_first_recorded_caller_with_links_to_the_others_and_has_no_payload()
    {
        var (first, second, unrecorded) = (_spans.BeginOther(), _spans.BeginOther(), RecordedSpans.BeginUnrecorded());
        await PutAsync(PutTrace.Begin([unrecorded, first, null, second, second], 3, CommitLevel.All));

        var put = _spans.Single("alldata.put");
        Assert.Equal(first.SpanId, put.ParentSpanId);
        Assert.Equal(second.Context, Assert.Single(put.Links).Context);
        Assert.Equal(
            ["alldata.block.id", "alldata.event.count", "alldata.put.adherence", "alldata.put.level", "alldata.put.outcome", "alldata.size"],
            put.TagObjects.Select(static t => t.Key).Order(StringComparer.Ordinal));
        Assert.Equal(("3", "all", "stored"), (Tag(put, "alldata.event.count"), Tag(put, "alldata.put.level"), Tag(put, "alldata.put.outcome")));
    }

    [Fact]
    public void A_put_whose_callers_are_not_recorded_has_no_span()
    {
        using var unrecorded = RecordedSpans.BeginUnrecorded();

        Assert.Null(PutTrace.Begin([unrecorded, null], 1, CommitLevel.One));
    }

    [Fact]
    public async Task The_span_of_the_caller_stays_the_current_one_and_the_call_to_a_peer_has_that_of_the_attempt()
    {
        var seen = new List<string?>();
        _replicas["p1"] = _replicas["p2"] = _replicas["p3"] = _replicas["p4"] = () =>
        {
            seen.Add(Activity.Current?.OperationName);
            return Task.FromResult(new AppendReply(AppendStatus.Stored));
        };
        await PutAsync(PutTrace.Begin([_spans.Root], 1, CommitLevel.All));

        Assert.Equal(["alldata.replica.append", "alldata.replica.append", "alldata.replica.append"], seen);
        Assert.Same(_spans.Root, Activity.Current);
    }

    [Fact]
    public async Task Work_that_outlives_its_caller_is_in_no_trace()
    {
        Task<Activity?> started;
        using (AllDataActivities.LeaveTrace())
        {
            started = Task.Run(static () => Activity.Current);
        }

        Assert.Null(await started);
        Assert.Same(_spans.Root, await Task.Run(static () => Activity.Current));
    }

    /// <summary>A put in which one member of the copyset answers otherwise; its name.</summary>
    private async Task<string> PutWithoutOneAsync(Func<Task<AppendReply>> answer, Action? meanwhile = null)
    {
        var one = Copyset().Members[^1].Peer.Value;
        _replicas[one] = answer;
        var put = PutAsync(PutTrace.Begin([_spans.Root], 1, CommitLevel.All));
        meanwhile?.Invoke();
        await put;
        return one;
    }

    private async Task PutAsync(PutTrace? trace)
    {
        Assert.NotNull(trace);
        var services = new BlockReplicationServices(
            GrainStub.Of<IReplicas>((_, arguments) => arguments[0] is PeerId peer ? ReplicaOf(peer) : CallFailure.Unreachable),
            new PeerHealth(PeerId.Parse("p1"), Deadline, Deadline),
            new ReplacementBudget(), new ReplicaPressure(_time), new PutInstruments(Meters.Unheard), new PeerInstruments(Meters.Unheard), _time,
            NullLogger<BlockReplication>.Instance);
        var engine = new PutEngine(
            Copyset(), CommitRequirement.Create(CommitLevel.All, 3), TestAvailability.AllOf(_topology), new Random(1), services.Budget);
        var block = TestBlocks.One(1);
        trace.OnFormed(block);
        var numbers = GrainStub.Of<IBlockNumbers>(static (_, _) => null);
        var reply = await new BlockReplication(services, engine, block, numbers, trace).RunAsync(TimeSpan.FromSeconds(10));
        trace.OnAnswered(new PutAnswer { Outcome = PutOutcome.Stored, Replicas = reply.Holders, Level = CommitLevel.All, Adherence = reply.Adherence });
    }

    private PlacedCopyset Copyset() =>
        PlacementPlanner.Draw(_topology, TestTopology.Policy(3, 2), TestTopology.At(_topology, 1), new Random(1));

    private IReplica ReplicaOf(PeerId peer) => GrainStub.Of<IReplica>(
        (_, _) => _replicas.TryGetValue(peer.Value, out var answer) ? answer() : Task.FromResult(new AppendReply(AppendStatus.Stored)));

    private static string? Tag(Activity span, string name) => span.GetTagItem(name)?.ToString();
}
