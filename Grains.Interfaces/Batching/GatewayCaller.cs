using System.Collections.Immutable;
using System.Runtime.InteropServices;
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
    private static readonly TimeSpan ReleaseBound = TimeSpan.FromSeconds(1);

    // Not disposed: it has no timer, and calls may still look at it when the client has gone.
    private readonly CancellationTokenSource _cut = new();

    /// <summary>Waits for no more answers: calls in flight end as unanswered.</summary>
    public void Cut() => _cut.Cancel();

    /// <summary>Puts a batch, under new keys if it has none yet.</summary>
    /// <exception cref="TimeoutException">There was no answer in time, or there will be none.</exception>
    /// <exception cref="OtherStoreException">The gateway is one of another store.</exception>
    /// <exception cref="TopicsNotSupportedException">The events have a topic, and the gateway knows none.</exception>
    public async Task<PutResults> PutAsync(Gateway gateway, PutBatch batch)
    {
        if (!gateway.IsVerified || (batch.HasTopic && !gateway.TakesTopics))
        {
            await VerifyAsync(gateway, batch);
        }

        if (batch.HasTopic && !gateway.TakesTopics)
        {
            throw new TopicsNotSupportedException(
                "The gateway is of a version that knows no topics, and would store the event without. Nothing was written. Update all silos.");
        }

        if (!batch.HasKeys)
        {
            batch.Give(await TakeKeysAsync(gateway, batch));
        }

        return await BoundedAsync(gateway, gateway.Coordinator.PutMany(batch.Pack(store.Id), batch.Options), batch);
    }

    /// <summary>No event will come any more: gives all keys back, those included that are about to come.</summary>
    /// <returns>Ends when all gateways have answered or were waited for long enough; it does not fail.</returns>
    public async Task ReleaseAllAsync()
    {
        Task[] refills;
        lock (sync)
        {
            refills = [.. gateways.Gateways.Select(static gateway => gateway.Refilling)];
        }

        await Task.WhenAll(refills).WaitAsync(ReleaseBound, clock.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ReleaseUnusedAsync(TimeSpan.MaxValue);
    }

    /// <summary>Gives keys back that are too old for an event: readers that follow the store wait for them.</summary>
    /// <param name="now">The client's clock; <see cref="TimeSpan.MaxValue"/>: all are too old.</param>
    /// <returns>Ends when all gateways have answered or were waited for long enough; it does not fail.</returns>
    public Task ReleaseUnusedAsync(TimeSpan now)
    {
        (IPutCoordinatorGrain Coordinator, ImmutableArray<EventKey> Keys)[] unused;
        lock (sync)
        {
            unused =
            [
                .. gateways.Gateways.Where(static gateway => gateway.Keys.MayHaveUnused)
                    .Select(gateway => (gateway.Coordinator, Keys: gateway.Keys.TakeUnused(now))).Where(static one => one.Keys.Length > 0),
            ];
        }

        return Task.WhenAll(unused.SelectMany(static one => one.Keys.Chunk(KeyCache.MaxPerCall), (one, keys) => ReleaseAsync(one.Coordinator, keys)));
    }

    /// <summary>Gives keys back. If that fails, readers wait for them a little longer.</summary>
    private async Task ReleaseAsync(IPutCoordinatorGrain coordinator, EventKey[] keys)
    {
        try
        {
            await coordinator.ReleaseKeys(ImmutableCollectionsMarshal.AsImmutableArray(keys)).WaitAsync(ReleaseBound, clock.Time);
        }
        catch (Exception)
        {
            // The silo has ended, or is of a version that does not know the call.
        }
    }

    /// <summary>Asks a gateway for its store, once: afterwards each batch names its store itself.</summary>
    private async Task VerifyAsync(Gateway gateway, PutBatch batch)
    {
        var (isKnown, takesTopics) = (true, false);
        try
        {
            var answered = await BoundedAsync(gateway, gateway.Coordinator.Describe(), batch);
            store.Accept(answered.Store, answered.Aliases);
            (isKnown, takesTopics) = (answered.Store is not null, answered.TakesTopics);

            // One that gives no keys, because it takes nothing of what comes, must not stay a second way to a gateway that is known.
            if (answered.Ordinal is { } ordinal)
            {
                NoteOrdinal(gateway, ordinal);
            }
        }
        catch (Exception e) when (e is not PutException && !RetryRule.IsLostGateway(e))
        {
            // A silo of an earlier version does not know the question.
        }

        lock (sync)
        {
            // A silo that is starting does not know its store yet: it is asked again.
            gateway.IsVerified = isKnown;
            gateway.TakesTopics = takesTopics;
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
                gateway.Refilling = RefillAsync(gateway, missing);
            }
        }

        if (!isEnough)
        {
            var reserved = await BoundedAsync(gateway, gateway.Coordinator.ReserveKeys(batch.Count), batch);
            NoteOrdinal(gateway, reserved[0].Ordinal);
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
            NoteOrdinal(gateway, keys[0].Ordinal);
            return keys;
        }
        catch (Exception)
        {
            return [];
        }
    }

    /// <summary>Asks which gateway a coordinator's grain key leads to now.</summary>
    private async Task AskWhichAsync(Gateway gateway)
    {
        try
        {
            if ((await gateway.Coordinator.Describe().WaitAsync(options.CallTimeout, clock.Time)).Ordinal is { } ordinal)
            {
                NoteOrdinal(gateway, ordinal);
                return;
            }
        }
        catch (Exception)
        {
            // No sign of any gateway.
            return;
        }

        // A silo of an earlier version does not say it, but its keys do.
        await TryReserveAsync(gateway, 1);
    }

    private void NoteOrdinal(Gateway gateway, int ordinal)
    {
        lock (sync)
        {
            gateways.OnKeys(gateway, ordinal);
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
                _ = AskWhichAsync(gateway);
            }

            var step = bound - waited < Gateway.SilenceBound ? bound - waited : Gateway.SilenceBound;
            await ((Task)call.WaitAsync(step, clock.Time, _cut.Token)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return await call;
    }
}
