using System.Collections.Immutable;
using System.Runtime.InteropServices;
using AllData.Configuration;
using AllData.Errors;
using AllData.Events;
using AllData.Membership;
using AllData.Protocol.Blocks;
using AllData.Puts;
using AllData.Replication;
using Microsoft.Extensions.Options;

namespace AllData.Coordination;

/// <summary>
/// A silo's one coordinator. It admits puts and passes them on: fresh events to a batcher, where they share blocks, and events under keys that may
/// already be held to a look-up. It answers each event with a receipt or a typed error.
/// </summary>
internal sealed class PutService(
    PutAdmission admission, KeyIssuer keys, PutBatchers batchers, SuppliedKeyPutter suppliedKeys, StoreIdentity identity, IOptions<AllDataOptions> options,
    TimeProvider time) : IAllDataPuts
{
    private readonly int _mostKeys = options.Value.Limits.MaxPutManyEvents;

    /// <inheritdoc/>
    public Task<PutReceipt> PutAsync(EventPayload payload, PutOptions? asked) => PutSingle(new KeyedEvent(default, payload.Bytes, asked?.Topic), asked);

    /// <inheritdoc/>
    public Task<PutReceipt> PutAsync(EventKey key, EventPayload payload, PutOptions? asked) => key == default
        ? Task.FromException<PutReceipt>(admission.Refused(new InvalidKeyException("The key is empty: reserve one, or put without.", key), 1))
        : PutSingle(new KeyedEvent(key, payload.Bytes, asked?.Topic), asked);

    /// <inheritdoc/>
    public Task<PutResults> PutManyAsync(EventBatch batch, PutOptions? asked)
    {
        try
        {
            identity.Refuse(batch.Store);
            var terms = batchers.TermsOf(asked);
            admission.RefuseBatch(batch);
            var events = Unpack(batch, asked?.Topic);
            var results = new BatchResults(events.Length);
            var accepted = Accept(events, results);
            using var ticket = admission.Enter(accepted.Count == events.Length ? events : accepted.ConvertAll(i => events[i]).ToArray());
            PutAccepted(events, accepted, batch.HasKeys, results, terms, ticket);
            return results.All;
        }
        catch (PutException e)
        {
            return Task.FromException<PutResults>(e);
        }
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<EventKey>> ReserveKeysAsync(int count)
    {
        if (count < 1 || count > _mostKeys)
        {
            throw new InvalidEventException($"{count} keys were requested: reserve 1 to {_mostKeys} at a time.");
        }

        admission.RefuseIfDropped(events: 0);
        return ImmutableCollectionsMarshal.AsImmutableArray(await keys.ReserveAsync(count));
    }

    /// <inheritdoc/>
    public void ReleaseKeys(ImmutableArray<EventKey> unused)
    {
        if (unused.IsDefault || unused.Length > _mostKeys)
        {
            throw new InvalidEventException($"Release {_mostKeys} keys at a time at most.");
        }

        keys.Release(unused.AsSpan());
    }

    private Task<PutReceipt> PutSingle(KeyedEvent e, PutOptions? asked)
    {
        try
        {
            var terms = batchers.TermsOf(asked);
            if (admission.SizeError(e) is { } error)
            {
                throw admission.Refused(error, 1);
            }

            using var ticket = admission.Enter(new ReadOnlySpan<KeyedEvent>(in e));
            if (e.Key != default && !IsFresh(e))
            {
                var receipt = new ReceiptPromise();
                PutSupplied([e], (_, answer) => receipt.Settle(e.Key, answer), terms, ticket);
                return receipt.Task;
            }

            var put = new PendingSinglePut(e, ticket.Share(), time.GetTimestamp());
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

    private void PutAccepted(
        KeyedEvent[] events, List<int> accepted, bool hasKeys, BatchResults results, PutTerms terms, AdmissionGate.Ticket ticket)
    {
        var isFresh = new bool[events.Length];
        var fresh = hasKeys ? keys.TakeFresh(events, isFresh) : events.Length;
        if (fresh == events.Length && accepted.Count == events.Length)
        {
            Enter(new PendingPutMany(results, events, null, ticket.Share(), time.GetTimestamp()), terms);
            return;
        }

        if (accepted.FindAll(i => !hasKeys || isFresh[i]) is { Count: > 0 } some)
        {
            Enter(new PendingPutMany(results, [.. some.Select(i => events[i])], [.. some], ticket.Share(), time.GetTimestamp()), terms);
        }

        if (accepted.FindAll(i => hasKeys && !isFresh[i]) is { Count: > 0 } supplied)
        {
            PutSupplied(
                [.. supplied.Select(i => events[i])], (i, answer) => results.Settle(supplied[i], events[supplied[i]].Key, answer), terms, ticket);
        }
    }

    private void Enter(PendingPut put, PutTerms terms)
    {
        if (batchers.For(terms).TryAdd(put))
        {
            return;
        }

        put.Ticket.Dispose();
        GiveBackKeys(put);
        var error = new OverloadedException(
            "This silo is overloaded: queued puts have waited too long. Try again later, or through another silo.", PutAdmission.RetryHint);
        put.Fail(admission.Refused(error, put.Count));
    }

    // Nothing of it has left: a retry is as fresh as this attempt.
    private void GiveBackKeys(PendingPut put)
    {
        var events = new KeyedEvent[put.Count];
        put.CopyTo(events);
        keys.GiveBack([.. events.Select(static e => e.Key).Where(static key => key.IsReserved)]);
    }

    /// <summary>Looks events up and puts the remaining ones, with a share of the call's room.</summary>
    private void PutSupplied(KeyedEvent[] events, Action<int, PutAnswer> settle, PutTerms terms, AdmissionGate.Ticket ticket)
    {
        var held = ticket.Share();
        var started = time.GetTimestamp();

        // On the pool: what is left to do after the reply belongs to the silo, not to an activation that may be collected.
        _ = Task.Run(() => suppliedKeys.PutAsync(events, settle, terms, started, held));
    }

    /// <summary>The places of the events that can be put; the others have their answer.</summary>
    private List<int> Accept(KeyedEvent[] events, BatchResults results)
    {
        var accepted = new List<int>(events.Length);
        for (var i = 0; i < events.Length; i++)
        {
            if (admission.SizeError(events[i]) is { } error)
            {
                results.Settle(i, error.Key, PutAnswer.Failed(admission.Refused(error, 1)));
            }
            else
            {
                accepted.Add(i);
            }
        }

        return accepted;
    }

    private static KeyedEvent[] Unpack(EventBatch batch, Topic? topic)
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
                    var payload = batch.Records.Slice(reader.Offset + PackedEvent.Overhead, current.Payload.Length);
                    events[count] = new KeyedEvent(batch.HasKeys ? current.Key : default, payload, topic);
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
}
