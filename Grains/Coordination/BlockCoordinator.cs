using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Errors;
using AllData.Events;
using AllData.Membership;
using AllData.Protocol.Blocks;
using AllData.Protocol.Links;
using AllData.Protocol.Placement;
using AllData.Protocol.Puts;
using AllData.Protocol.Topologies;
using AllData.Puts;
using AllData.Replication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AllData.Coordination;

/// <summary>Forms a block of events, plans it and puts it. A failed put is returned as a value, too.</summary>
internal sealed partial class BlockCoordinator(
    ICoordinatingPeer peer,
    ITopologies topologies,
    ICopysets copysets,
    KeyIssuer keys,
    IBlockNumbers numbers,
    PendingKeys pendingKeys,
    BlockReplicationServices services,
    ConfiguredFederation federation,
    IOptions<AllDataOptions> options,
    ILogger<BlockCoordinator> logger)
{
    private readonly LimitOptions _limits = options.Value.Limits;

    /// <summary>The ranges of events, ascending by key within each topic, that each become a block.</summary>
    public List<Range> Split(ReadOnlySpan<KeyedEvent> events) => BlockSplitter.Split(events, _limits.MaxBlockEvents, _limits.MaxBlockBytes);

    /// <summary>Puts events under fresh keys as one block.</summary>
    /// <param name="events">One of the ranges of <see cref="Split"/>.</param>
    /// <param name="terms">What the puts request.</param>
    /// <param name="started">When the oldest of its calls arrived.</param>
    /// <param name="ticket">The room that its events have taken.</param>
    /// <param name="trace">Its spans; null: it is not recorded.</param>
    public Task<PutAnswer> PutFreshAsync(
        ReadOnlyMemory<KeyedEvent> events, PutTerms terms, long started, AdmissionGate.Ticket ticket, PutTrace? trace = null)
    {
        // One snapshot for the block: it is planned with the topology that it was drawn from.
        var live = topologies.Current;
        return PutAsync(events, live, () => copysets.Next(live.Topology), null, isLate: false, terms, started, ticket, trace);
    }

    /// <summary>Puts events under given keys, ascending, that the same peers hold already (mostly none); one answer each.</summary>
    /// <param name="events">The events.</param>
    /// <param name="lookedUp">The look-up that found the holders: the put is planned with the same topology.</param>
    /// <param name="heldBy">The peers that hold them.</param>
    /// <param name="isLate">Whether readers may have passed their keys: then they get positions of their own.</param>
    /// <param name="terms">What the put requests.</param>
    /// <param name="started">When the call arrived.</param>
    /// <param name="ticket">The room that it has taken.</param>
    public async Task<PutAnswer[]> PutGivenAsync(
        KeyedEvent[] events,
        SuppliedKeyLookUp.Plan lookedUp,
        ImmutableArray<ReplicaTarget> heldBy,
        bool isLate,
        PutTerms terms,
        long started,
        AdmissionGate.Ticket ticket)
    {
        var answers = await Task.WhenAll(Split(events).Select(range => PutBlockAsync(events[range])));
        return [.. answers.SelectMany(static a => a)];

        // A key that another put has taken since the look-up must not fail the other events of its block: they are put again without it.
        async Task<PutAnswer[]> PutBlockAsync(KeyedEvent[] block)
        {
            var trace = PutTrace.IsOn ? PutTrace.Begin([AllDataActivities.Caller], block.Length, terms.Demand.First.Level) : null;
            var answer = await PutAsync(block, lookedUp.Live, () => lookedUp.Copyset, heldBy, isLate, terms, started, ticket, trace);
            var all = Enumerable.Repeat(answer, block.Length).ToArray();
            if ((answer.Error as KeyConflictException)?.Conflict.Key is not { } taken || block.Length == 1)
            {
                return all;
            }

            var others = await PutBlockAsync(Array.FindAll(block, e => e.Key != taken));
            var next = 0;
            return Array.ConvertAll(block, e => e.Key == taken ? answer : others[next++]);
        }
    }

    private async Task<PutAnswer> PutAsync(
        ReadOnlyMemory<KeyedEvent> events,
        LiveTopology live,
        Func<PlacedCopyset> copysetOf,
        ImmutableArray<ReplicaTarget>? heldBy,
        bool isLate,
        PutTerms terms,
        long started,
        AdmissionGate.Ticket ticket,
        PutTrace? trace)
    {
        var answer = await AnswerAsync();
        trace?.OnAnswered(answer);
        services.Instruments.OnPutCompleted(
            terms.Demand.First.Level,
            answer.Error,
            events.Length,
            services.Time.GetElapsedTime(started));
        return answer;

        async Task<PutAnswer> AnswerAsync()
        {
            // Scans see an acknowledged block; a failed one may still be written by calls in flight.
            var pending = default(PendingKeys.Pending);
            var ended = Task.CompletedTask;
            try
            {
                var arrival = default(EventKey?);
                (arrival, pending) = isLate ? await keys.ArriveAsync(events.Length) : (arrival, pendingKeys.Enter(events.Span[0].Key));
                var copyset = copysetOf();
                var cutOff = live.RegionsOf(federation.HasOthers || terms.Demand.Else is not null);
                ImmutableArray<int> holders = heldBy is { } held ? [.. held.Select(static h => h.PeerIndex).Distinct()] : [];
                var requirement = terms.Demand.Choose(copyset, live, cutOff, holders);
                var engine = new PutEngine(copyset, requirement.Outside(live.Leaving), live, copysets.Random, services.Budget, holders.AsSpan(), cutOff);
                var block = Form(events.Span, live, copyset, isGiven: heldBy is not null, arrival);
                trace?.OnFormed(block);
                var put = new BlockReplication(services, engine, block, numbers, trace);
                ticket.HoldUntil(put.Settled);
                ended = put.Ended;
                var reply = await put.RunAsync(terms.Remaining(started, services.Time));
                ended = Task.CompletedTask;
                if (LeftPut.ErrorOf(reply, topologies.Current.Leaving) is { } left)
                {
                    throw left;
                }

                services.Acknowledged?.OnAcknowledged(block);
                return AnswerOf(reply, requirement, terms.Demand.HasFallenBack(requirement)) with { Topic = block.Header.Topic };
            }
            catch (PutException error)
            {
                return PutAnswer.Failed(error);
            }
            catch (Exception e)
            {
                // A bug must not make the puts hang: the callers get an answer.
                LogFailed(e, events.Length);
                return PutAnswer.Failed(InternalError.Of(e));
            }
            finally
            {
                pending?.DisposeAfter(ended);
            }
        }
    }

    private static PutAnswer AnswerOf(AcknowledgePut reply, CommitRequirement requirement, bool? hasFallenBack) => new()
    {
        Outcome = PutOutcome.Stored,
        Replicas = reply.Holders,
        Pending = reply.Pending,
        Level = requirement.Level,
        Adherence = reply.Adherence,
        Regions = hasFallenBack is null ? reply.Regions : reply.Regions! with { FellBack = hasFallenBack },
    };

    private Block Form(ReadOnlySpan<KeyedEvent> events, LiveTopology live, PlacedCopyset copyset, bool isGiven, EventKey? arrival)
    {
        var id = NextId(live, events[0].Key.UnixMinute);
        try
        {
            return BlockCodec.Encode(copyset.HeaderOf(peer.StoreId, id, events[0], isGiven, arrival), events);
        }
        catch
        {
            numbers.Abandon(id);
            throw;
        }
    }

    /// <summary>The id of the next block of this silo. Its number is to be settled or abandoned.</summary>
    /// <param name="live">The topology that says this silo's ordinal.</param>
    /// <param name="minute">The minute that the block lies in.</param>
    /// <exception cref="KeysUnavailableException">The registry has not accepted this silo, or given it an ordinal.</exception>
    public BlockId NextId(LiveTopology live, UnixMinute minute)
    {
        keys.ThrowIfRefused();
        var ordinal = live.OwnOrdinal
            ?? throw new KeysUnavailableException($"Peer '{peer.Id}' has no ordinal yet. Try again, or put through another silo.");
        return numbers.Issue(ordinal, minute);
    }

    [LoggerMessage(LogLevel.Error, "A block of {Events} events failed before it was sent")]
    private partial void LogFailed(Exception exception, int events);
}
