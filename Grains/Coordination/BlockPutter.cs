using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Errors;
using AllData.Membership;
using AllData.Protocol;
using AllData.Replication;
using Microsoft.Extensions.Options;

namespace AllData.Coordination;

/// <summary>Forms blocks of a put's events, plans each and puts them side by side; the results are one an event, in their order.</summary>
internal sealed class BlockPutter(
    HostedPeer hostedPeer, TopologyCache topologies, Copysets copysets, KeyIssuer keys, BlockPutServices services, IOptions<AllDataOptions> options)
{
    private readonly LimitOptions _limits = options.Value.Limits;
    private long _sequence;

    /// <summary>Puts events under keys issued here, ascending.</summary>
    public Task<PutResult[]> PutFreshAsync(KeyedEvent[] events, PutTerms terms, AdmissionGate.Ticket ticket)
    {
        // One snapshot for the whole put: a block is planned with what it was drawn from.
        var live = topologies.Current;
        return PutAsync(events, block => PutBlockAsync(block, live, copysets.Next(live.Topology), null, terms, ticket));
    }

    /// <summary>Puts events under given keys, ascending, that the same peers hold already (mostly none).</summary>
    /// <param name="events">The events.</param>
    /// <param name="lookedUp">The look-up that found who holds them: the put is planned with what that was asked of.</param>
    /// <param name="heldBy">The peers that hold them.</param>
    /// <param name="terms">What the put asks for.</param>
    /// <param name="ticket">The room that it has taken.</param>
    public Task<PutResult[]> PutGivenAsync(
        KeyedEvent[] events, GivenKeyLookUp.Plan lookedUp, ImmutableArray<ReplicaTarget> heldBy, PutTerms terms, AdmissionGate.Ticket ticket) =>
        PutAsync(events, block => PutGivenBlockAsync(block, lookedUp, heldBy, terms, ticket));

    private async Task<PutResult[]> PutAsync(KeyedEvent[] events, Func<ReadOnlyMemory<KeyedEvent>, Task<PutResult[]>> put)
    {
        var ranges = BlockSplitter.Split(events, _limits.MaxBlockEvents, _limits.MaxBlockBytes);
        var results = await Task.WhenAll(ranges.Select(range => put(events.AsMemory(range))));
        return results.Length == 1 ? results[0] : [.. results.SelectMany(static r => r)];
    }

    /// <summary>
    /// A key that another put has taken since the look-up must not fail the other events of its block: they are put again without it.
    /// </summary>
    private async Task<PutResult[]> PutGivenBlockAsync(
        ReadOnlyMemory<KeyedEvent> events,
        GivenKeyLookUp.Plan lookedUp,
        ImmutableArray<ReplicaTarget> heldBy,
        PutTerms terms,
        AdmissionGate.Ticket ticket)
    {
        var results = await PutBlockAsync(events, lookedUp.Live, lookedUp.Copyset, heldBy, terms, ticket);
        var taken = (results[0].Error as KeyConflictException)?.Conflict.Key;
        if (taken is null || events.Length == 1)
        {
            return results;
        }

        var rest = events.ToArray().Where(e => e.Key != taken).ToArray();
        var again = await PutGivenBlockAsync(rest, lookedUp, heldBy, terms, ticket);
        var next = 0;
        return Results(events, e => e.Key == taken ? results[0] : again[next++]);
    }

    private async Task<PutResult[]> PutBlockAsync(
        ReadOnlyMemory<KeyedEvent> events,
        LiveTopology live,
        PlacedCopyset copyset,
        ImmutableArray<ReplicaTarget>? heldBy,
        PutTerms terms,
        AdmissionGate.Ticket ticket)
    {
        var started = services.Time.GetTimestamp();
        try
        {
            var engine = new PutEngine(
                copyset, terms.Requirement, live, copysets.Random, heldBy is { } held ? [.. held.Select(h => h.PeerIndex)] : []);
            var block = BlockCodec.Encode(HeaderOf(events.Span[0], live, copyset, isGiven: heldBy is not null), events.Span);
            var put = new BlockPut(services, engine, block);
            ticket.HoldUntil(put.Settled);
            var reply = await put.RunAsync(terms.Remaining(services.Time));
            services.Metrics.OnPutCompleted(
                terms.Requirement.Level, nameof(PutOutcome.Stored), events.Length, services.Time.GetElapsedTime(started));
            return Results(events, e => new PutResult(
                new PutReceipt(e.Key, PutOutcome.Stored, reply.Holders, terms.Requirement.Level, reply.Adherence) { Pending = reply.Pending },
                null));
        }
        catch (PutException error)
        {
            services.Metrics.OnPutCompleted(terms.Requirement.Level, error.GetType().Name, events.Length, services.Time.GetElapsedTime(started));
            return Results(events, e => new PutResult(null, error.For(e.Key)));
        }
    }

    private static PutResult[] Results(ReadOnlyMemory<KeyedEvent> events, Func<KeyedEvent, PutResult> result)
    {
        var results = new PutResult[events.Length];
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = result(events.Span[i]);
        }

        return results;
    }

    private BlockHeader HeaderOf(KeyedEvent first, LiveTopology live, PlacedCopyset copyset, bool isGiven) => new()
    {
        ClusterId = hostedPeer.ClusterId,
        Id = NextId(live),
        UnixMinute = first.Key.UnixMinute,
        HasGivenKeys = isGiven,
        ReplicationFactor = copyset.ReplicationFactor,
        TopologyVersion = copyset.Topology.Version,
        Copyset = copyset.Copyset,
    };

    private BlockId NextId(LiveTopology live)
    {
        keys.ThrowIfRefused();
        var ordinal = live.OwnOrdinal
            ?? throw new KeysUnavailableException($"Peer '{hostedPeer.Id}' has no ordinal yet. Try again, or put through another silo.");
        return new BlockId(ordinal, hostedPeer.Directory.Incarnation, Interlocked.Increment(ref _sequence));
    }
}
