using System.Collections.Immutable;
using AllData.Errors;
using AllData.Protocol.Placement;
using AllData.Replication;

namespace AllData.Protocol.Puts;

/// <summary>What the put engine wants done.</summary>
internal abstract record PutAction
{
    private protected PutAction()
    {
    }
}

/// <summary>Send the block to a peer, and report the result to the engine.</summary>
/// <param name="Target">The peer; never one that was asked before.</param>
/// <param name="Replaces">The peer in whose place it is asked; null for a member of the copyset.</param>
internal sealed record SendReplica(ReplicaTarget Target, ReplicaTarget? Replaces) : PutAction;

/// <summary>A peer that the caller waits for has no room: take no more blocks from the callers for a moment.</summary>
/// <param name="For">For how long.</param>
internal sealed record HoldPuts(TimeSpan For) : PutAction;

/// <summary>The commit level is reached: answer the puts of the block. Happens at most once, and never together with a failure.</summary>
/// <param name="Holders">The peers that hold the block durably now.</param>
/// <param name="Pending">The peers that were sent the block, do not hold it yet and may still answer.</param>
/// <param name="Adherence">Whether they lie where the policy wants them.</param>
/// <param name="Regions">The regions that they lie in, and those that are owed a copy; null where the store has one cluster.</param>
internal sealed record AcknowledgePut(
    ImmutableArray<Replica> Holders, ImmutableArray<Replica> Pending, Adherence Adherence, RegionCoverage? Regions) : PutAction;

/// <summary>
/// The put can no longer succeed, or its deadline has passed: answer with the error, adapted to each event by <see cref="PutException.For"/>. Happens
/// at most once.
/// </summary>
/// <param name="Error">The error, without a key.</param>
internal sealed record FailPut(PutException Error) : PutAction;
