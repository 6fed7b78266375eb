using AllData.Errors;
using AllData.Events;
using AllData.Membership;
using AllData.Protocol.Blocks;
using AllData.Protocol.Placement;
using AllData.Puts;
using AllData.Replication;
using AllData.Simulation.Running;

namespace AllData.Simulation.Machines;

/// <summary>Hears the answers of one put, as its client does, and tells the invariants of them at once.</summary>
/// <param name="world">The world.</param>
/// <param name="silo">The silo that was asked. Its view of the peers is taken now: the put is planned with it.</param>
/// <param name="requirement">When the put is committed.</param>
/// <param name="isFresh">Whether its keys are fresh, so that scans have been promised something about them.</param>
internal sealed class PutWitness(World world, SimulatedSilo silo, CommitRequirement requirement, bool isFresh)
{
    private readonly LiveTopology _live = silo.Topologies.Current;
    private readonly bool _wasLeaving = silo.RegionLinks.Leaving is not null;
    private PutException? _error;

    /// <summary>One of its events is answered.</summary>
    public void OnAnswer(KeyedEvent answered, PutAnswer answer)
    {
        if (answer.Error is { } error)
        {
            _error ??= error;
            world.Invariants.Possible.Check(_live, requirement, isRefused: error is NotEnoughPeersException);
            return;
        }

        var digest = answered.Digest;
        world.Trace.Note(TraceKind.Acknowledged, silo.Machine.Number, "", unchecked((long)(ulong)digest.Value));
        if (isFresh)
        {
            world.Invariants.Safe.CheckAcknowledged(answered.Key, digest);
        }

        // A part of a call that was there already was judged before the rest of it was put.
        var leaving = answer.Outcome == PutOutcome.Stored || _wasLeaving ? silo.RegionLinks.Leaving : null;
        world.Invariants.Dropped.Check(world, answered.Key, answer, leaving);
        var isPartial = !_live.CutOff.IsEmpty || !silo.Topologies.Current.CutOff.IsEmpty;
        world.Census.OnAcknowledged(answered.Key, digest, requirement.Needed, isPartial);
    }

    /// <summary>Ends the put as its client sees it.</summary>
    /// <exception cref="PutException">A part of it was not acknowledged.</exception>
    public void ThrowIfFailed()
    {
        if (_error is { } error)
        {
            throw error;
        }
    }
}
