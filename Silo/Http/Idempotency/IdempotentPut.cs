using System.IO.Hashing;
using AllData.Coordination;
using AllData.Errors;
using AllData.Events;
using AllData.Puts;
using AllData.Reading;
using AllData.Replication;
using Microsoft.Extensions.Options;

namespace AllData.Silo.Http.Idempotency;

/// <summary>
/// Puts an event for a request with an <c>Idempotency-Key</c>, so that the same request sent again stores nothing twice. A value that is an event key
/// is that event's key: this works permanently and through any silo. This process remembers any other value, for a stated time.
/// </summary>
internal sealed class IdempotentPut(IAllDataPuts puts, IOptions<EventHttpOptions> options, TimeProvider time)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(60);

    private readonly RememberedPuts _puts = new(options.Value.Idempotency, time);

    /// <summary>Puts the event, or finds it.</summary>
    /// <param name="value">The header's value.</param>
    /// <param name="payload">The event.</param>
    /// <param name="asked">What the put requests.</param>
    /// <param name="cancellation">Ends the wait for another request with the same value; not the put itself.</param>
    /// <exception cref="IdempotencyKeyReusedException">The value belongs to another event.</exception>
    /// <exception cref="PutException">The put failed.</exception>
    public Task<PutReceipt> PutAsync(IdempotencyKey value, EventPayload payload, PutOptions? asked, CancellationToken cancellation) =>
        value.Event is { } key ? PutUnderAsync(key, payload, asked) : PutRememberedAsync(value, payload, asked, cancellation);

    private async Task<PutReceipt> PutUnderAsync(EventKey key, EventPayload payload, PutOptions? asked)
    {
        try
        {
            return await puts.PutAsync(key, payload, asked);
        }
        catch (KeyConflictException e)
        {
            throw new IdempotencyKeyReusedException(e.Message, key);
        }
    }

    private async Task<PutReceipt> PutRememberedAsync(IdempotencyKey value, EventPayload payload, PutOptions? asked, CancellationToken cancellation)
    {
        var digest = XxHash128.HashToUInt128(payload.Bytes, asked?.Topic?.Seed ?? 0);
        while (true)
        {
            var put = _puts.FindOrAdd(value.Digest, digest) ?? throw Full();
            await put.EnterAsync(cancellation);
            try
            {
                if (put.Payload != digest)
                {
                    throw new IdempotencyKeyReusedException("Another event was put with this Idempotency-Key.", put.Key);
                }

                if (!put.IsForgotten)
                {
                    return await AttemptAsync(put, payload, asked);
                }
            }
            finally
            {
                put.Leave();
            }
        }
    }

    private async Task<PutReceipt> AttemptAsync(RememberedPut put, EventPayload payload, PutOptions? asked)
    {
        try
        {
            put.Key ??= (await puts.ReserveKeysAsync(1))[0];
            var receipt = await puts.PutAsync(put.Key.Value, payload, asked);
            put.MayBeWritten = true;
            return receipt;
        }
        catch (PutException e) when (!PutVerdict.IsTold(put.MayBeWritten, e))
        {
            throw Unknown(e, put.Key!.Value);
        }
        catch (Exception e)
        {
            Note(put, e);
            throw;
        }
    }

    private void Note(RememberedPut put, Exception failure)
    {
        // Without a key nothing has left.
        put.MayBeWritten = put.Key is not null && PutVerdict.MayBeWritten(put.MayBeWritten, failure);
        if (!put.MayBeWritten)
        {
            _puts.Forget(put);
            puts.ReleaseKeys([.. new[] { put.Key }.OfType<EventKey>()]);
        }
    }

    private static PutOutcomeUnknownException Unknown(PutException last, EventKey key) => new(
        $"An earlier request with this Idempotency-Key may have stored it; this one did not ({last.Message}) Send it again: that finds what is there.",
        [],
        [],
        key);

    private OverloadedException Full() => new(
        $"{_puts.Count} Idempotency-Key values of the last {options.Value.Idempotency.Remember} are remembered here, the maximum. Nothing was written."
        + " Reserve a key with POST /keys and put under it: that needs no memory.",
        RetryAfter);
}
