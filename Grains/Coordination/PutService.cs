using System.Collections.Immutable;
using System.Runtime.InteropServices;
using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Errors;
using AllData.Events;
using AllData.Membership;
using AllData.Protocol;
using AllData.Replication;
using Microsoft.Extensions.Options;

namespace AllData.Coordination;

/// <summary>
/// A silo's one coordinator: checks what comes in, admits it, and sends it on: fresh events into a lane, where they share blocks with others,
/// those under keys that may be held already through a look-up. Its answers are receipts and typed errors, one an event.
/// </summary>
internal sealed class PutService(
    IOptions<AllDataOptions> options, AdmissionGate gate, KeyIssuer keys, Lanes lanes, GivenKeyPutter givenKeys, StoreIdentity identity, AllDataMetrics metrics, TimeProvider time)
{
    private static readonly TimeSpan RetryHint = TimeSpan.FromMilliseconds(500);

    // What an event occupies beside its bytes: without it, millions of one-byte events would fit into the bound.
    private const long OverheadBytes = 512;

    private readonly LimitOptions _limits = options.Value.Limits;

    /// <summary>Stores one event under a fresh key; completes with a <see cref="PutException"/> when that fails.</summary>
    public Task<PutReceipt> PutAsync(EventPayload payload, PutOptions? asked) => PutSingle(new KeyedEvent(default, payload.Bytes), asked);

    /// <summary>Stores one event under a given key; completes with a <see cref="PutException"/> when that fails.</summary>
    public Task<PutReceipt> PutAsync(EventKey key, EventPayload payload, PutOptions? asked) => key == default
        ? Task.FromException<PutReceipt>(Refused(new InvalidKeyException("The key is empty: reserve one, or put without.", key), 1))
        : PutSingle(new KeyedEvent(key, payload.Bytes), asked);

    /// <summary>
    /// Stores many events; one result each, in their order. Completes with a <see cref="PutException"/> when the batch as a whole is not
    /// acceptable.
    /// </summary>
    public Task<PutResults> PutManyAsync(EventBatch batch, PutOptions? asked)
    {
        try
        {
            identity.Refuse(batch.Store);
            var terms = lanes.TermsOf(asked);
            RefuseBatch(batch);
            var events = Unpack(batch);
            var results = new BatchResults(events.Length);
            var accepted = Accept(events, results);
            Admit(accepted.Sum(i => ChargeOf(events[i])), accepted.Count);
            PutAccepted(events, accepted, batch.HasKeys, results, terms);
            return results.All;
        }
        catch (PutException e)
        {
            return Task.FromException<PutResults>(e);
        }
    }

    /// <summary>Hands out keys.</summary>
    /// <exception cref="PutException">The count is out of range, or no key can be issued.</exception>
    public async Task<ImmutableArray<EventKey>> ReserveKeysAsync(int count)
    {
        var most = _limits.MaxPutManyEvents;
        return count >= 1 && count <= most
            ? ImmutableCollectionsMarshal.AsImmutableArray(await keys.ReserveAsync(count))
            : throw new InvalidEventException($"{count} keys are asked for: reserve 1 to {most} at a time.");
    }

    private Task<PutReceipt> PutSingle(KeyedEvent e, PutOptions? asked)
    {
        try
        {
            var terms = lanes.TermsOf(asked);
            if (SizeError(e) is { } error)
            {
                throw Refused(error, 1);
            }

            Admit(ChargeOf(e), 1);
            if (e.Key != default && !IsFresh(e))
            {
                return PutSingleGivenAsync(e, terms);
            }

            var put = new SinglePut(e, ChargeOf(e), time.GetTimestamp());
            Enter(put, terms);
            return put.Receipt;
        }
        catch (PutException error)
        {
            return Task.FromException<PutReceipt>(e.Key != default && error.Key is null ? error.For(e.Key) : error);
        }
    }

    private bool IsFresh(KeyedEvent e)
    {
        var isFresh = false;
        keys.TakeFresh(new ReadOnlySpan<KeyedEvent>(in e), new Span<bool>(ref isFresh));
        return isFresh;
    }

    private async Task<PutReceipt> PutSingleGivenAsync(KeyedEvent e, PutTerms terms)
    {
        var results = new BatchResults(1);
        PutGiven([e], [0], results, terms);
        var result = (await results.All)[0];
        return result.Receipt ?? throw result.Error!;
    }

    private void PutAccepted(KeyedEvent[] events, List<int> accepted, bool hasKeys, BatchResults results, PutTerms terms)
    {
        var isFresh = new bool[events.Length];
        var fresh = hasKeys ? keys.TakeFresh(events, isFresh) : events.Length;
        if (fresh == events.Length && accepted.Count == events.Length)
        {
            Enter(new BatchPut(results, events, null, events.Sum(ChargeOf), time.GetTimestamp()), terms);
            return;
        }

        if (accepted.FindAll(i => !hasKeys || isFresh[i]) is { Count: > 0 } some)
        {
            KeyedEvent[] part = [.. some.Select(i => events[i])];
            Enter(new BatchPut(results, part, [.. some], part.Sum(ChargeOf), time.GetTimestamp()), terms);
        }

        if (accepted.FindAll(i => hasKeys && !isFresh[i]) is { Count: > 0 } given)
        {
            PutGiven([.. given.Select(i => events[i])], [.. given], results, terms);
        }
    }

    private void Enter(LanePut put, PutTerms terms)
    {
        if (lanes.For(terms).TryAdd(put))
        {
            return;
        }

        gate.Leave(put.Charge);
        GiveBackKeys(put);
        var error = new OverloadedException("Those who came before have waited too long already. Try again later, or through another silo.", RetryHint);
        put.Fail(Refused(error, put.Count));
    }

    // Nothing of it has left: the next try is as fresh as this one was.
    private void GiveBackKeys(LanePut put)
    {
        var events = new KeyedEvent[put.Count];
        put.CopyTo(events);
        keys.GiveBack([.. events.Select(static e => e.Key).Where(static key => key.IsReserved)]);
    }

    /// <summary>Looks events up and puts what is left of them, with the room that they have taken.</summary>
    private void PutGiven(KeyedEvent[] events, int[] indexes, BatchResults results, PutTerms terms)
    {
        var ticket = gate.Hold(events.Sum(ChargeOf));
        var started = time.GetTimestamp();

        // On the pool: what is left to do after the reply belongs to the silo, not to an activation that may be collected.
        _ = Task.Run(() => givenKeys.PutAsync(events, (i, answer) => results.Settle(indexes[i], events[i].Key, answer), terms, started, ticket));
    }

    private void Admit(long charge, int events)
    {
        if (!gate.TryEnter(charge))
        {
            throw Refused(
                new OverloadedException(
                    $"{gate.WaitingBytes} bytes of events are under way in this silo, the bound is {gate.MaxBytes}. "
                        + "Try again later, or through another silo.",
                    RetryHint),
                events);
        }
    }

    private static long ChargeOf(KeyedEvent e) => e.Payload.Length + OverheadBytes;

    private static KeyedEvent[] Unpack(EventBatch batch)
    {
        var events = new KeyedEvent[batch.Count];
        var count = 0;
        try
        {
            for (var reader = batch.GetReader(); reader.MoveNext(); count++)
            {
                if (count < events.Length)
                {
                    var current = reader.Current;
                    events[count] = new KeyedEvent(batch.HasKeys ? current.Key : default, batch.Records.Slice(reader.Offset + PackedEvent.Overhead, current.Payload.Length));
                }
            }
        }
        catch (FormatException e)
        {
            throw new InvalidEventException(e.Message);
        }

        return count == events.Length
            ? events
            : throw new InvalidEventException($"The batch says {events.Length} events and has {count}: it is damaged.");
    }

    /// <summary>The places of the events that can be put; the others have their answer.</summary>
    private List<int> Accept(KeyedEvent[] events, BatchResults results)
    {
        var accepted = new List<int>(events.Length);
        for (var i = 0; i < events.Length; i++)
        {
            if (SizeError(events[i]) is { } error)
            {
                results.Settle(i, error.Key, PutAnswer.Failed(Refused(error, 1)));
            }
            else
            {
                accepted.Add(i);
            }
        }

        return accepted;
    }

    private void RefuseBatch(EventBatch batch)
    {
        if (batch.Count < 1 || batch.Records.IsEmpty)
        {
            throw Refused(new InvalidEventException("The batch is empty: a put of many has at least one event."), 1);
        }

        if (batch.Count > _limits.MaxPutManyEvents)
        {
            throw Refused(
                new EventTooLargeException(
                    $"The batch has {batch.Count} events, a put of many at most {_limits.MaxPutManyEvents}: send it in parts.",
                    _limits.MaxPutManyEvents,
                    batch.Count),
                batch.Count);
        }

        var bytes = batch.Records.Length - ((long)PackedEvent.Overhead * batch.Count);
        if (bytes > _limits.MaxPutManyBytes)
        {
            throw Refused(
                new EventTooLargeException(
                    $"The batch has {bytes} bytes of events, a put of many at most {_limits.MaxPutManyBytes}: send it in parts.",
                    _limits.MaxPutManyBytes,
                    bytes),
                batch.Count);
        }
    }

    private PutException? SizeError(KeyedEvent e)
    {
        var (bytes, most) = (e.Payload.Length, _limits.MaxEventBytes);
        EventKey? key = e.Key == default ? null : e.Key;
        return bytes == 0 ? new InvalidEventException("The event is empty: an event has at least one byte.", key)
            : bytes > most ? new EventTooLargeException($"The event has {bytes} bytes, more than the limit of {most}.", most, bytes, key)
            : null;
    }

    private PutException Refused(PutException error, int events)
    {
        metrics.OnPutResolved(error.GetType().Name, events);
        return error;
    }
}
