using System.Collections.Concurrent;
using System.Diagnostics;
using AllData.Diagnostics;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Puts;
using AllData.Puts;
using AllData.Replication;

namespace AllData.Coordination;

/// <summary>
/// The spans of the put of a block, and of each attempt to have it kept by a peer. The put is a part of the first recorded trace of its callers, with links
/// to the others. Made only for a put that is recorded.
/// </summary>
internal sealed class PutTrace
{
    private const string PutName = "alldata.put";
    private const string AttemptName = "alldata.replica.append";

    // A block may have thousands of callers; exporters cut off at this number, too.
    private const int MaxLinks = 128;

    private readonly Activity _put;
    private readonly ConcurrentDictionary<PeerId, Activity> _attempts = new();

    private PutTrace(Activity put) => _put = put;

    /// <summary>Whether puts may be recorded: without it, callers need not be looked for.</summary>
    public static bool IsOn => AllDataActivities.Source.HasListeners();

    /// <summary>Begins the span of a put; null where it is not recorded.</summary>
    /// <param name="callers">The spans of its callers. Where none has any, the put begins a trace of its own.</param>
    /// <param name="events">Its events.</param>
    /// <param name="level">The level that they request.</param>
    public static PutTrace? Begin(IEnumerable<Activity?> callers, int events, CommitLevel level)
    {
        var contexts = new HashSet<ActivityContext>();
        var isOfNone = true;
        foreach (var caller in callers)
        {
            isOfNone &= caller is null;
            if (caller is { Recorded: true } && contexts.Count <= MaxLinks)
            {
                contexts.Add(caller.Context);
            }
        }

        if (contexts.Count == 0 && !isOfNone)
        {
            return null;
        }

        var put = AllDataActivities.Begin(
            PutName, ActivityKind.Internal, contexts.FirstOrDefault(), contexts.Skip(1).Select(static caller => new ActivityLink(caller)));
        put?.SetTag(TelemetryAttributes.EventCount, events).SetTag(TelemetryAttributes.PutLevel, TelemetryAttributes.TextOf(level));
        return put is null ? null : new PutTrace(put);
    }

    /// <summary>The block is about to be sent.</summary>
    public void OnFormed(Block block) =>
        _put.SetTag(TelemetryAttributes.BlockId, block.Header.Id.ToString()).SetTag(TelemetryAttributes.Size, block.Bytes.Bytes.Length);

    /// <summary>The callers get their answer; replicas may still be written.</summary>
    public void OnAnswered(PutAnswer answer)
    {
        if (answer.Error is { } error)
        {
            AllDataActivities.Fail(_put.SetTag(TelemetryAttributes.PutOutcome, TelemetryAttributes.TextOf(error)), error);
        }
        else
        {
            _put.SetTag(TelemetryAttributes.PutOutcome, TelemetryAttributes.TextOf(answer.Outcome))
                .SetTag(TelemetryAttributes.PutAdherence, TelemetryAttributes.TextOf(answer.Adherence));
        }

        AllDataActivities.End(_put);
    }

    /// <summary>A peer is asked. Its span is the current one until the calling method ends, so that the call carries it.</summary>
    public Activity? BeginAttempt(SendReplica send)
    {
        if (AllDataActivities.Begin(AttemptName, ActivityKind.Client, _put.Context) is not { } attempt)
        {
            return null;
        }

        var target = send.Target;
        attempt.SetTag(TelemetryAttributes.PeerId, target.Peer.Value)
            .SetTag(TelemetryAttributes.PeerZone, target.Location.Zone)
            .SetTag(TelemetryAttributes.PeerRegion, target.Location.Region)
            .SetTag(TelemetryAttributes.ReplicaTier, TelemetryAttributes.TextOf(target.Tier));
        if (send.Replaces is { } replaced)
        {
            attempt.SetTag(TelemetryAttributes.ReplicaReplaces, replaced.Peer.Value);
            if (_attempts.TryGetValue(replaced.Peer, out var other))
            {
                other.SetTag(TelemetryAttributes.ReplicaReplacedBy, target.Peer.Value);
            }
        }

        _attempts[target.Peer] = attempt;
        Activity.Current = attempt;
        return attempt;
    }

    /// <summary>A peer has not answered in time; it may still.</summary>
    public static void OnSilent(Activity? attempt) => attempt?.AddEvent(new ActivityEvent("silent"));

    /// <summary>A peer has answered, and what follows from it has begun.</summary>
    public static void OnAnswered(Activity? attempt, AppendReply reply, bool isTimely)
    {
        if (attempt is null)
        {
            return;
        }

        if (reply.Status is not (AppendStatus.Stored or AppendStatus.AlreadyStored))
        {
            attempt.SetStatus(ActivityStatusCode.Error, reply.Reason is { } reason ? FailureText.SentenceOf(reason) : null);
        }

        End(attempt, TelemetryAttributes.TextOf(reply.Status), isTimely);
    }

    /// <summary>A call to a peer has failed, and what follows from it has begun.</summary>
    public static void OnThrown(Activity? attempt, Exception thrown, bool isTimely)
    {
        if (attempt is not null)
        {
            AllDataActivities.Fail(attempt, thrown);
            End(attempt, "no_answer", isTimely);
        }
    }

    private static void End(Activity attempt, string outcome, bool isTimely)
    {
        attempt.SetTag(TelemetryAttributes.ReplicaOutcome, outcome).SetTag(TelemetryAttributes.ReplicaLate, !isTimely);
        AllDataActivities.End(attempt);
    }
}
