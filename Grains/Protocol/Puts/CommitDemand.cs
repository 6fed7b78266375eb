using System.Collections.Immutable;
using AllData.Errors;
using AllData.Protocol.Links;
using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;

namespace AllData.Protocol.Puts;

/// <summary>What a put asks for, and what it is content with where regions that are cut off make that impossible from the start.</summary>
/// <param name="First">What it asks for.</param>
/// <param name="Else">What it is content with; null: nothing less.</param>
internal readonly record struct CommitDemand(CommitRequirement First, CommitRequirement? Else = null)
{
    /// <summary>Adds a level that is enough in any zones and regions.</summary>
    /// <exception cref="InvalidEventException">It asks for no less: where the first cannot be met, it could not be either.</exception>
    public static CommitDemand Create(CommitRequirement first, Replication.CommitLevel? otherwise)
    {
        if (otherwise is not { } level)
        {
            return new CommitDemand(first);
        }

        var other = CommitRequirement.Create(level, first.ReplicationFactor);
        return !first.Spread.IsNone || other.Needed < first.Needed
            ? new CommitDemand(first, other)
            : throw new InvalidEventException(
                $"The put asks for {first} or else for {other}, which is no less. Use a lower level for 'else', or demand zones or regions.");
    }

    /// <summary>
    /// What the put has to meet. Only the start counts: a put that has begun fails or succeeds by what was chosen then, because some copies may be on
    /// their way.
    /// </summary>
    /// <param name="copyset">The copyset that the put is planned with.</param>
    /// <param name="availability">Which peers can take it now.</param>
    /// <param name="cutOff">The regions that are cut off; null where the store has one cluster.</param>
    /// <param name="held">Indexes of peers that hold the events already; each once.</param>
    public CommitRequirement Choose(PlacedCopyset copyset, IPeerAvailability availability, CutOffRegions? cutOff, ImmutableArray<int> held) =>
        Else is not null && cutOff is { Any: true } && new PutReach(copyset, availability, cutOff, held).IsCutOffFrom(First) ? Else : First;

    /// <summary>What a receipt says of the choice; null where there was none.</summary>
    public bool? HasFallenBack(CommitRequirement chosen) => Else is null ? null : ReferenceEquals(chosen, Else);
}
