using System.Collections.Immutable;
using AllData.Protocol.Blocks;
using AllData.Protocol.Repair;
using AllData.Protocol.Topologies;
using AllData.Replication;
using AllData.Simulation.Running;

namespace AllData.Simulation.Truth;

/// <summary>Compares where blocks lie with where they are owed, under the topology that the registries say.</summary>
internal sealed class ConvergenceCheck(World world)
{
    /// <summary>Whether every block that is intact anywhere lies where it is owed.</summary>
    public bool IsConverged()
    {
        var resolver = Resolver();
        return world.Census.Blocks.All(b => Wrong(b, resolver) is null);
    }

    /// <summary>Tells the invariant of every block.</summary>
    public void Judge()
    {
        var resolver = Resolver();
        foreach (var block in world.Census.Blocks)
        {
            world.Invariants.Convergence.Check(block, Wrong(block, resolver));
        }
    }

    private CopysetResolver Resolver() => new(Topology.Prepare(world.Snapshot));

    private string? Wrong(BlockTruth block, CopysetResolver resolver)
    {
        if (block.Holders.Count == 0)
        {
            // Never stored on any peer, or destroyed everywhere.
            return null;
        }

        var header = block.Block.Header;
        var members = resolver.MembersOf(new CopysetDefinition(
            header.BucketId, ImmutableArray.CreateRange(header.Copyset.Ordinals), header.ReplicationFactor));
        var owed = Math.Min(header.ReplicationFactor, resolver.Topology.ActivePeers);
        if (members.Length < owed)
        {
            return $"it is owed by {members.Length} peers where {owed} copies are asked for and possible.";
        }

        if (members.Length > Math.Max(header.ReplicationFactor, header.Copyset.Ordinals.Length))
        {
            return $"it is owed by {members.Length} peers, more than are asked for.";
        }

        foreach (var member in members)
        {
            var machine = world.Find(resolver.Topology[member].Id);

            // An event that was put twice lies in two blocks; where both have one copyset, members may hold either: their sums are equal.
            if (!block.Events.All(e => e.IsHeldBy(machine.Disk)))
            {
                return $"{machine.Id} owes a copy and has none.";
            }
        }

        return null;
    }
}
