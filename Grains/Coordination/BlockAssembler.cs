using System.Diagnostics;
using AllData.Encryption;
using AllData.Errors;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Puts;
using Microsoft.Extensions.Logging;

namespace AllData.Coordination;

/// <summary>Forms blocks of the puts that leave a batcher together, puts them, and answers each put of its events.</summary>
internal sealed partial class BlockAssembler(
    BlockCoordinator blocks, KeyIssuer keys, PayloadEncoder encoder, PutInstruments instruments, TimeProvider time, ILogger<BlockAssembler> logger)
{
    // Each is a call to every member: puts of very many topics must not flood the replicas.
    private const int MostBlocksAtOnce = 64;

    /// <summary>
    /// Completes when every event has its answer, and never with an error. The room that the puts have taken is given back when their blocks settle.
    /// </summary>
    public async Task PutAsync(List<PendingPut> puts, PutTerms terms)
    {
        using var ticket = AdmissionGate.Ticket.Join(puts.ConvertAll(static put => put.Ticket));
        var due = puts.FindAll(put => IsInTime(put, terms));
        if (due.Count == 0)
        {
            return;
        }

        try
        {
            var (events, slots) = Gather(due);
            using var pending = keys.Begin(events);
            await keys.CompleteAsync(events);
            Sort(events, slots);
            encoder.Encode(events);
            pending.Raise(events[0].Key);
            SortByTopic(events, slots);
            await PutBlocksAsync(events, slots, terms, ticket);
        }
        catch (PutException e)
        {
            due.ForEach(put => Fail(put, e));
        }
        catch (Exception e)
        {
            // A bug must not make the puts hang: the callers get an answer, and the batcher continues.
            LogFailed(e, due.Count);
            var error = InternalError.Of(e);
            due.ForEach(put => Fail(put, error));
        }
    }

    private async Task PutBlocksAsync(KeyedEvent[] events, Slot[] slots, PutTerms terms, AdmissionGate.Ticket ticket)
    {
        var ranges = blocks.Split(events);
        using var room = new SemaphoreSlim(MostBlocksAtOnce);
        await Task.WhenAll(ranges.Select(async (range, i) =>
        {
            await room.WaitAsync();
            try
            {
                // The first ones have not waited.
                if (i < MostBlocksAtOnce || IsInTime(Oldest(slots.AsSpan(range)), terms))
                {
                    await PutBlockAsync(events.AsMemory(range), slots.AsMemory(range), terms, ticket);
                }
                else
                {
                    Settle(events.AsSpan(range), slots.AsSpan(range), PutAnswer.Failed(TooLate(terms)));
                }
            }
            finally
            {
                room.Release();
            }
        }));
    }

    private async Task PutBlockAsync(ReadOnlyMemory<KeyedEvent> events, ReadOnlyMemory<Slot> slots, PutTerms terms, AdmissionGate.Ticket ticket)
    {
        var trace = PutTrace.IsOn ? PutTrace.Begin(CallersOf(slots), events.Length, terms.Demand.First.Level) : null;
        var answer = await blocks.PutFreshAsync(events, terms, Oldest(slots.Span), ticket, trace);
        if (answer.Error is null)
        {
            keys.OnAcknowledged(events.Span);
        }

        var taken = events.Length > 1 && answer.Error is KeyConflictException { Conflict.Key: var key } ? key : default(EventKey?);
        for (var i = 0; i < slots.Length; i++)
        {
            if (taken is null || events.Span[i].Key == taken)
            {
                var slot = slots.Span[i];
                slot.Put.Settle(slot.Index, events.Span[i].Key, answer);
            }
        }

        if (taken is not null)
        {
            // A reserved key that was put through another silo at the same time must not fail those that share its block.
            var rest = Enumerable.Range(0, events.Length).Where(i => events.Span[i].Key != taken).ToArray();
            await PutBlockAsync(Array.ConvertAll(rest, i => events.Span[i]), Array.ConvertAll(rest, i => slots.Span[i]), terms, ticket);
        }
    }

    // Nothing of the put has left: to answer that its outcome is unknown would say less than is known. A quarter of the deadline must be left,
    // because the block has the deadline of its oldest put: with less, the block would be written after its callers have given up.
    private bool IsInTime(PendingPut put, PutTerms terms)
    {
        var isInTime = IsInTime(put.Started, terms);
        if (!isInTime)
        {
            Fail(put, TooLate(terms));
        }

        return isInTime;
    }

    private bool IsInTime(long started, PutTerms terms) => terms.Remaining(started, time) >= terms.Deadline / 4;

    private static OverloadedException TooLate(PutTerms terms) => new(
        $"The put waited for most of its deadline of {terms.Deadline} for its block to leave. Nothing was written; try again.", PutAdmission.RetryHint);

    private static void Settle(ReadOnlySpan<KeyedEvent> events, ReadOnlySpan<Slot> slots, PutAnswer answer)
    {
        for (var i = 0; i < slots.Length; i++)
        {
            slots[i].Put.Settle(slots[i].Index, events[i].Key, answer);
        }
    }

    private void Fail(PendingPut put, PutException error)
    {
        instruments.OnPutResolved(error, put.Count);
        put.Fail(error);
    }

    private static (KeyedEvent[] Events, Slot[] Slots) Gather(List<PendingPut> puts)
    {
        var count = puts.Sum(static put => put.Count);
        var (events, slots) = (new KeyedEvent[count], new Slot[count]);
        var next = 0;
        foreach (var put in puts)
        {
            put.CopyTo(events.AsSpan(next, put.Count));
            for (var i = 0; i < put.Count; i++)
            {
                slots[next + i] = new Slot(put, i);
            }

            next += put.Count;
        }

        return (events, slots);
    }

    // Reserved keys come as their clients bring them; those issued here ascend already.
    private static void Sort(KeyedEvent[] events, Slot[] slots)
    {
        for (var i = 1; i < events.Length; i++)
        {
            if (events[i].Key < events[i - 1].Key)
            {
                Array.Sort(Array.ConvertAll(events, static e => e.Key), slots);
                Array.Sort(events, static (a, b) => a.Key.CompareTo(b.Key));
                return;
            }
        }
    }

    // A block has one topic. Those of several topics leave together.
    private static void SortByTopic(KeyedEvent[] events, Slot[] slots)
    {
        for (var i = 1; i < events.Length; i++)
        {
            if (events[i].Topic != events[0].Topic)
            {
                var order = Enumerable.Range(0, events.Length).OrderBy(n => events[n].Topic ?? default).ToArray();
                var (all, places) = (events.ToArray(), slots.ToArray());
                for (var n = 0; n < order.Length; n++)
                {
                    (events[n], slots[n]) = (all[order[n]], places[order[n]]);
                }

                return;
            }
        }
    }

    private static IEnumerable<Activity?> CallersOf(ReadOnlyMemory<Slot> slots)
    {
        for (var i = 0; i < slots.Length; i++)
        {
            yield return slots.Span[i].Put.Caller;
        }
    }

    private static long Oldest(ReadOnlySpan<Slot> slots)
    {
        var oldest = long.MaxValue;
        foreach (var slot in slots)
        {
            oldest = Math.Min(oldest, slot.Put.Started);
        }

        return oldest;
    }

    [LoggerMessage(LogLevel.Error, "A block of {Puts} puts failed before it was sent")]
    private partial void LogFailed(Exception exception, int puts);

    /// <summary>The origin of an event: the put and the event's place in it.</summary>
    private readonly record struct Slot(PendingPut Put, int Index);
}
