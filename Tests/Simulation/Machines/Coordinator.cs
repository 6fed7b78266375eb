using System.Collections.Immutable;
using AllData.Errors;
using AllData.Events;
using AllData.Membership;
using AllData.Protocol;
using AllData.Simulation.Running;

namespace AllData.Simulation.Machines;

/// <summary>A silo's coordinator: issues keys, draws copysets, forms blocks and puts them, with the real rules of each.</summary>
internal sealed class Coordinator(World world, SimulatedSilo silo)
{
    private const int MaxBlockEvents = 8;
    private const int MaxBlockBytes = 4_096;

    private readonly CopysetPool _pool =
        new(world.Settings.Policy, new LocalPeer(silo.Machine.Id, silo.Machine.Location), world.Settings.Copysets);

    private readonly KeyBook _keys = new(world, silo);
    private readonly GivenKeys _given = new(world, silo);
    private long _sequence;

    /// <summary>Bounds replacements of pushed-back replicas.</summary>
    public ReplacementBudget Budget { get; } = new();

    /// <summary>Hands out keys.</summary>
    /// <exception cref="PutException">There are none now.</exception>
    public Task<EventKey[]> ReserveAsync(int count)
    {
        ThrowIfRefused();
        return _keys.IssueAsync(KeyRange.Reserved, count);
    }

    /// <summary>Puts events under fresh keys.</summary>
    /// <exception cref="PutException">A part of them was not acknowledged.</exception>
    public async Task PutFreshAsync(byte[][] payloads, CommitRequirement requirement)
    {
        ThrowIfRefused();
        var keys = await _keys.IssueAsync(KeyRange.Own, payloads.Length);
        KeyedEvent[] events = [.. keys.Select((key, i) => new KeyedEvent(key, payloads[i]))];
        await Task.WhenAll(BlockSplitter.Split(events, MaxBlockEvents, MaxBlockBytes).Select(range =>
        {
            var live = silo.View.Live;
            return PutAsync(events[range], live, NextCopyset(live, requirement), requirement, held: null);
        }));
    }

    /// <summary>Puts an event under a key that may be held already.</summary>
    /// <exception cref="PutException">It was not acknowledged.</exception>
    public async Task PutGivenAsync(KeyedEvent given, CommitRequirement requirement)
    {
        ThrowIfRefused();
        var live = silo.View.Live;
        var copyset = NextCopyset(live, requirement);
        var verdict = await _given.LookUpAsync(given, live, copyset);
        if (verdict.Conflict is { } conflict)
        {
            throw new KeyConflictException("The key is taken.", conflict);
        }

        if (verdict.IsCommitted(requirement))
        {
            world.Census.OnAcknowledged(given.Key, EventDigest.Of(given.Key, given.Payload.Span), requirement.Needed);
            return;
        }

        GivenKeyRules.Check(given.Key, silo.Clock.UnixMilliseconds, world.Settings.IntervalLength);
        await PutAsync([given], live, copyset, requirement, [.. verdict.Holders.Select(static h => h.PeerIndex)]);
    }

    private async Task PutAsync(
        KeyedEvent[] events, LiveTopology live, PlacedCopyset copyset, CommitRequirement requirement, ImmutableArray<int>? held)
    {
        var engine = new PutEngine(copyset, requirement, live, world.Random, held is { } holders ? holders.AsSpan() : [], Budget);
        var block = BlockCodec.Encode(HeaderOf(events[0].Key, copyset, held is not null), events);
        world.Census.OnFormed(block);
        world.Trace.Note(TraceKind.Formed, silo.Machine.Number, "", unchecked((long)(ulong)block.Header.BlockDigest.Value));
        await RunAsync(new BlockRun(world, silo, engine, block), live, requirement);
        world.Trace.Note(TraceKind.Acknowledged, silo.Machine.Number, "", block.Header.Id.Sequence);
        foreach (var one in events)
        {
            world.Census.OnAcknowledged(one.Key, EventDigest.Of(one.Key, one.Payload.Span), requirement.Needed);
        }
    }

    private PlacedCopyset NextCopyset(LiveTopology live, CommitRequirement requirement)
    {
        try
        {
            return world.Settings.Bug == PlantedBug.RefuseWhileOneIsAway && live.Topology.ActivePeers < world.Settings.Policy.ReplicationFactor
                ? throw new NotEnoughPeersException("Fewer are active.", world.Settings.Policy.ReplicationFactor, live.Topology.ActivePeers)
                : _pool.Next(live.Topology, world.Random);
        }
        catch (NotEnoughPeersException)
        {
            world.Invariants.Possible.Check(live, requirement, isRefused: true);
            throw;
        }
    }

    private async Task RunAsync(BlockRun run, LiveTopology live, CommitRequirement requirement)
    {
        try
        {
            await run.RunAsync();
        }
        catch (PutException e)
        {
            world.Invariants.Possible.Check(live, requirement, isRefused: e is NotEnoughPeersException);
            throw;
        }
    }

    private BlockHeader HeaderOf(EventKey first, PlacedCopyset copyset, bool isGiven) => new()
    {
        ClusterId = World.ClusterId,
        Id = new BlockId(silo.View.Live.OwnOrdinal ?? throw new KeysUnavailableException("No ordinal."), silo.Machine.Disk.Incarnation, ++_sequence),
        UnixMinute = first.UnixMinute,
        HasGivenKeys = isGiven,
        ReplicationFactor = copyset.ReplicationFactor,
        TopologyVersion = copyset.Topology.Version,
        Copyset = copyset.Copyset,
    };

    private void ThrowIfRefused()
    {
        if (!silo.IsAccepted)
        {
            throw new KeysUnavailableException("The registry has not accepted this peer.");
        }
    }
}
