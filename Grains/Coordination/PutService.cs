using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Errors;
using AllData.Events;
using AllData.Protocol;
using AllData.Replication;
using Microsoft.Extensions.Options;

namespace AllData.Coordination;

/// <summary>
/// A silo's one coordinator: checks what comes in, admits it, gives it keys, and puts it block by block. Its answers are receipts and typed
/// errors, one an event.
/// </summary>
internal sealed class PutService(
    IOptions<AllDataOptions> options,
    AdmissionGate gate,
    KeyIssuer keys,
    GivenKeyLookUp givenKeys,
    BlockPutter blocks,
    AllDataMetrics metrics,
    TimeProvider time)
{
    private static readonly TimeSpan RetryHint = TimeSpan.FromMilliseconds(500);

    // Keys, block, engine, timers and tasks: without it, millions of one-byte events would fit into the bound.
    private const long OverheadBytes = 1_024;

    private readonly AllDataOptions _options = options.Value;

    /// <summary>Stores one event under a fresh key.</summary>
    /// <exception cref="PutException">It failed.</exception>
    public async Task<PutReceipt> PutAsync(EventPayload payload, PutOptions? asked)
    {
        var terms = PutTerms.From(asked, _options, time);
        if (SizeError(payload.Length) is { } error)
        {
            throw Refused(error, 1);
        }

        using var ticket = Admit(payload.Length);
        var results = await PutFreshAsync([payload.Bytes], terms, ticket);
        return results[0].Receipt ?? throw results[0].Error!;
    }

    /// <summary>Stores one event under a given key.</summary>
    /// <exception cref="PutException">It failed.</exception>
    public async Task<PutReceipt> PutAsync(EventKey key, EventPayload payload, PutOptions? asked)
    {
        var terms = PutTerms.From(asked, _options, time);
        if (SizeError(payload.Length, key) is { } error)
        {
            throw Refused(error, 1);
        }

        try
        {
            using var ticket = Admit(payload.Length);
            var results = await PutGivenAsync([new KeyedEvent(key, payload.Bytes)], terms, ticket);
            return results[0].Receipt ?? throw results[0].Error!;
        }
        catch (PutException e) when (e.Key is null)
        {
            throw e.For(key);
        }
    }

    /// <summary>Stores many events; one result each, in their order.</summary>
    /// <exception cref="PutException">The batch as a whole is not acceptable.</exception>
    public async Task<PutResults> PutManyAsync(EventBatch batch, PutOptions? asked)
    {
        var terms = PutTerms.From(asked, _options, time);
        RefuseBatch(batch);
        var events = Unpack(batch);
        if (events.Count != batch.Count)
        {
            throw new InvalidEventException($"The batch says {batch.Count} events and has {events.Count}: it is damaged.");
        }

        using var ticket = Admit(batch.Records.Length, events.Count);
        var results = new PutResult[events.Count];
        var accepted = new List<int>(events.Count);
        for (var i = 0; i < events.Count; i++)
        {
            if (SizeError(events[i].Payload.Length, batch.HasKeys ? events[i].Key : null) is { } error)
            {
                results[i] = new PutResult(null, Refused(error, 1));
            }
            else
            {
                accepted.Add(i);
            }
        }

        var stored = batch.HasKeys
            ? await PutGivenAsync(accepted.ConvertAll(i => events[i]), terms, ticket)
            : await PutFreshAsync(accepted.ConvertAll(i => events[i].Payload), terms, ticket);
        for (var i = 0; i < stored.Length; i++)
        {
            results[accepted[i]] = stored[i];
        }

        return PutResults.Pack([.. results.Select(static r => (r.Receipt?.Key ?? r.Error?.Key, r.Receipt is { } receipt
            ? new PutAnswer
            {
                Outcome = receipt.Outcome,
                Replicas = receipt.Replicas,
                Pending = receipt.Pending,
                Level = receipt.Level,
                Adherence = receipt.Adherence,
            }
            : PutAnswer.Failed(r.Error!)))]);
    }

    /// <summary>Hands out keys.</summary>
    /// <exception cref="PutException">The count is out of range, or no key can be issued.</exception>
    public async Task<ImmutableArray<EventKey>> ReserveKeysAsync(int count)
    {
        var most = _options.Limits.MaxPutManyEvents;
        return count >= 1 && count <= most
            ? ImmutableArray.Create(await keys.IssueAsync(count, KeyRange.Reserved))
            : throw new InvalidEventException($"{count} keys are asked for: reserve 1 to {most} at a time.");
    }

    private async Task<PutResult[]> PutFreshAsync(IReadOnlyList<ReadOnlyMemory<byte>> payloads, PutTerms terms, AdmissionGate.Ticket ticket)
    {
        if (payloads.Count == 0)
        {
            return [];
        }

        var issued = await keys.IssueAsync(payloads.Count, KeyRange.Own);
        var events = new KeyedEvent[issued.Length];
        for (var i = 0; i < events.Length; i++)
        {
            events[i] = new KeyedEvent(issued[i], payloads[i]);
        }

        return await blocks.PutFreshAsync(events, terms, ticket);
    }

    /// <summary>Given keys: refuse what no client may give, find what is held already, and put what remains.</summary>
    private async Task<PutResult[]> PutGivenAsync(IReadOnlyList<KeyedEvent> events, PutTerms terms, AdmissionGate.Ticket ticket)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var resolved = await givenKeys.ResolveAsync(events, terms.Requirement, now);
        var results = new PutResult[events.Count];
        var remaining = new List<GivenKeyLookUp.Resolved>();
        foreach (var one in resolved.Events)
        {
            if (one.Result is { } result)
            {
                Array.ForEach(one.Indexes, i => results[i] = result);
                metrics.OnPutResolved(result.Error?.GetType().Name ?? nameof(PutOutcome.AlreadyStored), one.Indexes.Length);
            }
            else
            {
                remaining.Add(one);
            }
        }

        await Task.WhenAll(remaining
            .GroupBy(one => one.HeldBy, GivenKeyLookUp.SameHolders)
            .Select(async group =>
            {
                var members = group.ToList();
                var stored = await blocks.PutGivenAsync(
                    [.. members.Select(m => m.Event)], resolved.Plan, group.Key, terms, ticket);
                for (var i = 0; i < stored.Length; i++)
                {
                    Array.ForEach(members[i].Indexes, index => results[index] = stored[i]);
                }
            }));
        return results;
    }

    private static List<KeyedEvent> Unpack(EventBatch batch)
    {
        var events = new List<KeyedEvent>(batch.Count);
        try
        {
            var reader = batch.GetReader();
            while (reader.MoveNext())
            {
                var payload = batch.Records.Slice(reader.Offset + PackedEvent.Overhead, reader.Current.Payload.Length);
                events.Add(new KeyedEvent(reader.Current.Key, payload));
            }
        }
        catch (FormatException e)
        {
            throw new InvalidEventException(e.Message);
        }

        return events;
    }

    private void RefuseBatch(EventBatch batch)
    {
        var limits = _options.Limits;
        if (batch.Count == 0 || batch.Records.IsEmpty)
        {
            throw Refused(new InvalidEventException("The batch is empty: a put of many has at least one event."), 1);
        }

        if (batch.Count > limits.MaxPutManyEvents)
        {
            throw Refused(
                new EventTooLargeException(
                    $"The batch has {batch.Count} events, a put of many at most {limits.MaxPutManyEvents}: send it in parts.",
                    limits.MaxPutManyEvents,
                    batch.Count),
                batch.Count);
        }

        var bytes = batch.Records.Length - ((long)PackedEvent.Overhead * batch.Count);
        if (bytes > limits.MaxPutManyBytes)
        {
            throw Refused(
                new EventTooLargeException(
                    $"The batch has {bytes} bytes of events, a put of many at most {limits.MaxPutManyBytes}: send it in parts.",
                    limits.MaxPutManyBytes,
                    bytes),
                batch.Count);
        }
    }

    private PutException? SizeError(int bytes, EventKey? key = null)
    {
        if (bytes == 0)
        {
            return new InvalidEventException("The event is empty: an event has at least one byte.", key);
        }

        var most = _options.Limits.MaxEventBytes;
        return bytes > most
            ? new EventTooLargeException($"The event has {bytes} bytes, more than the limit of {most}.", most, bytes, key)
            : null;
    }

    /// <summary>Charges the bytes and what every event occupies beside them until its replicas have answered.</summary>
    private AdmissionGate.Ticket Admit(long bytes, int events = 1) => gate.TryEnter(bytes + (events * OverheadBytes), out var ticket)
        ? ticket
        : throw Refused(
            new OverloadedException(
                $"{gate.WaitingBytes} bytes of events are under way in this silo, the bound is {gate.MaxBytes}. Try again later, or through another silo.",
                RetryHint),
            1);

    private PutException Refused(PutException error, int events)
    {
        metrics.OnPutResolved(error.GetType().Name, events);
        return error;
    }
}
