using System.Collections.Immutable;
using AllData.Batching.Gateways;
using AllData.Batching.Queueing;
using AllData.Errors;
using AllData.Events;
using AllData.Puts;

namespace AllData.Batching;

/// <summary>Makes one attempt to put a batch through a gateway: keys from its own gateway, then the call, within bounds.</summary>
/// <param name="sync">Guards the gateways.</param>
/// <param name="gateways">The gateways.</param>
/// <param name="options">The bounds.</param>
/// <param name="clock">The clock.</param>
/// <param name="store">The store that the events are meant for.</param>
internal sealed class GatewayCaller(Lock sync, GatewayTable gateways, AllDataClientOptions options, ClientClock clock, KnownStore store)
{
    // Not disposed: it has no timer, and calls may still look at it when the client has gone.
    private readonly CancellationTokenSource _cut = new();

    /// <summary>Waits for no more answers: calls in flight end as unanswered.</summary>
    public void Cut() => _cut.Cancel();

    /// <summary>Puts a batch, under new keys if it has none yet.</summary>
    /// <exception cref="TimeoutException">There was no answer in time, or there will be none.</exception>
    /// <exception cref="OtherStoreException">The gateway is one of another store.</exception>
    public async Task<PutResults> PutAsync(Gateway gateway, PutBatch batch)
    {
        if (!gateway.IsVerified)
        {
            await VerifyAsync(gateway, batch);
        }

        if (!batch.HasKeys)
        {
            batch.Give(await TakeKeysAsync(gateway, batch));
        }

        return await BoundedAsync(gateway, gateway.Coordinator.PutMany(batch.Pack(store.Id), batch.Options), batch);
    }

    /// <summary>Asks a gateway for its store, once: afterwards each batch names its store itself.</summary>
    private async Task VerifyAsync(Gateway gateway, PutBatch batch)
    {
        var isKnown = true;
        try
        {
            var answered = await BoundedAsync(gateway, gateway.Coordinator.Describe(), batch);
            store.Accept(answered.Store, answered.Aliases);
            isKnown = answered.Store is not null;
        }
        catch (Exception e) when (e is not PutException && !RetryRule.IsLostGateway(e))
        {
            // A silo of an earlier version does not know the question.
        }

        lock (sync)
        {
            // A silo that is starting does not know its store yet: it is asked again.
            gateway.IsVerified = isKnown;
        }
    }

    private async ValueTask<EventKey[]> TakeKeysAsync(Gateway gateway, PutBatch batch)
    {
        var keys = new EventKey[batch.Count];
        bool isEnough;
        lock (sync)
        {
            isEnough = gateway.Keys.TryTake(keys, clock.Now);
            if (gateway.Keys.BeginRefill() is > 0 and var missing)
            {
                _ = RefillAsync(gateway, missing);
            }
        }

        if (!isEnough)
        {
            var reserved = await BoundedAsync(gateway, gateway.Coordinator.ReserveKeys(batch.Count), batch);
            NoteKeys(gateway, reserved);
            reserved.CopyTo(keys);
        }

        return keys;
    }

    private async Task RefillAsync(Gateway gateway, int count)
    {
        var asked = clock.Now;
        var keys = await TryReserveAsync(gateway, count);
        lock (sync)
        {
            gateway.Keys.EndRefill(keys, asked);
        }
    }

    /// <summary>Keys, or none: the next batch asks for its keys itself, and whatever is wrong shows there.</summary>
    private async Task<ImmutableArray<EventKey>> TryReserveAsync(Gateway gateway, int count)
    {
        try
        {
            var keys = await gateway.Coordinator.ReserveKeys(count).WaitAsync(options.CallTimeout, clock.Time);
            NoteKeys(gateway, keys);
            return keys;
        }
        catch (Exception)
        {
            return [];
        }
    }

    private void NoteKeys(Gateway gateway, ImmutableArray<EventKey> keys)
    {
        lock (sync)
        {
            gateways.OnKeys(gateway, keys[0].Ordinal);
        }
    }

    /// <summary>
    /// Waits for one call, no longer than the call may take and than the put has left. If it is late, the gateway is asked for a key. If another
    /// gateway gives the key, the one that was called is gone, and its answer with it.
    /// </summary>
    private async Task<T> BoundedAsync<T>(Gateway gateway, Task<T> call, PutBatch batch)
    {
        var (started, ordinal) = (clock.Now, gateway.Ordinal);
        var left = batch.Since + options.Timeout - started;
        var bound = left < options.CallTimeout ? left : options.CallTimeout;
        while (!call.IsCompleted)
        {
            var waited = clock.Now - started;
            if (_cut.IsCancellationRequested)
            {
                call.Ignore();
                throw new TimeoutException("The client was closed before the gateway had answered.");
            }

            if (waited >= bound || (ordinal is not null && gateway.Ordinal != ordinal))
            {
                call.Ignore();
                throw new TimeoutException($"A gateway has not answered within {waited.TotalSeconds:0.0} s.");
            }

            if (waited >= Gateway.SilenceBound)
            {
                _ = TryReserveAsync(gateway, 1);
            }

            var step = bound - waited < Gateway.SilenceBound ? bound - waited : Gateway.SilenceBound;
            await ((Task)call.WaitAsync(step, clock.Time, _cut.Token)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return await call;
    }
}
