using System.Collections.Immutable;
using AllData.Errors;
using AllData.Events;
using AllData.Replication;

namespace AllData.Putting;

/// <summary>Makes one attempt to put a batch through a lane: keys from its own gateway, then the call, within bounds.</summary>
/// <param name="sync">Guards the lanes.</param>
/// <param name="lanes">The lanes.</param>
/// <param name="options">The bounds.</param>
/// <param name="clock">The clock.</param>
/// <param name="store">The store that the events are meant for.</param>
internal sealed class LaneCaller(Lock sync, LaneTable lanes, AllDataClientOptions options, ClientClock clock, KnownStore store)
{
    // Not disposed: it has no timer, and calls may still look at it when the client has gone.
    private readonly CancellationTokenSource _cut = new();

    /// <summary>Waits for no answer any more: calls under way end as those that were not answered.</summary>
    public void Cut() => _cut.Cancel();

    /// <summary>Puts a batch, under new keys if it has none yet.</summary>
    /// <exception cref="TimeoutException">There was no answer in time, or there will be none.</exception>
    /// <exception cref="OtherStoreException">The gateway is one of another store.</exception>
    public async Task<PutResults> PutAsync(Lane lane, PutBatch batch)
    {
        if (!lane.IsVerified)
        {
            await VerifyAsync(lane, batch);
        }

        if (!batch.HasKeys)
        {
            batch.Give(await TakeKeysAsync(lane, batch));
        }

        return await BoundedAsync(lane, lane.Coordinator.PutMany(batch.Pack(store.Id), batch.Options), batch);
    }

    /// <summary>Asks which store a lane's gateway belongs to. Once a lane and gateway: afterwards each batch names its store itself.</summary>
    private async Task VerifyAsync(Lane lane, PutBatch batch)
    {
        var isKnown = true;
        try
        {
            var answered = (await BoundedAsync(lane, lane.Coordinator.Describe(), batch)).Store;
            store.Accept(answered);
            isKnown = answered is not null;
        }
        catch (Exception e) when (e is not PutException && !RetryRule.IsLostGateway(e))
        {
            // A silo of an earlier version does not know the question.
        }

        lock (sync)
        {
            // A silo that starts does not know its store yet: it is asked again.
            lane.IsVerified = isKnown;
        }
    }

    private async ValueTask<EventKey[]> TakeKeysAsync(Lane lane, PutBatch batch)
    {
        var keys = new EventKey[batch.Count];
        bool isEnough;
        lock (sync)
        {
            isEnough = lane.Keys.TryTake(keys, clock.Now);
            if (lane.Keys.BeginRefill() is > 0 and var missing)
            {
                _ = RefillAsync(lane, missing);
            }
        }

        if (!isEnough)
        {
            var reserved = await BoundedAsync(lane, lane.Coordinator.ReserveKeys(batch.Count), batch);
            NoteKeys(lane, reserved);
            reserved.CopyTo(keys);
        }

        return keys;
    }

    private async Task RefillAsync(Lane lane, int count)
    {
        var asked = clock.Now;
        var keys = await TryReserveAsync(lane, count);
        lock (sync)
        {
            lane.Keys.EndRefill(keys, asked);
        }
    }

    /// <summary>Keys, or none: the next batch asks for its keys itself, and whatever is wrong shows there.</summary>
    private async Task<ImmutableArray<EventKey>> TryReserveAsync(Lane lane, int count)
    {
        try
        {
            var keys = await lane.Coordinator.ReserveKeys(count).WaitAsync(options.CallTimeout, clock.Time);
            NoteKeys(lane, keys);
            return keys;
        }
        catch (Exception)
        {
            return [];
        }
    }

    private void NoteKeys(Lane lane, ImmutableArray<EventKey> keys)
    {
        lock (sync)
        {
            lanes.OnKeys(lane, keys[0].Ordinal);
        }
    }

    /// <summary>
    /// Waits for one call, no longer than it may take and than is left of the put. When it is late, the lane is asked for a key: if another gateway gives
    /// it, the one that was called is gone, and its answer with it.
    /// </summary>
    private async Task<T> BoundedAsync<T>(Lane lane, Task<T> call, PutBatch batch)
    {
        var (started, ordinal) = (clock.Now, lane.Ordinal);
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

            if (waited >= bound || (ordinal is not null && lane.Ordinal != ordinal))
            {
                call.Ignore();
                throw new TimeoutException($"A gateway has not answered within {waited.TotalSeconds:0.0} s.");
            }

            if (waited >= Lane.SilenceBound)
            {
                _ = TryReserveAsync(lane, 1);
            }

            var step = bound - waited < Lane.SilenceBound ? bound - waited : Lane.SilenceBound;
            await ((Task)call.WaitAsync(step, clock.Time, _cut.Token)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return await call;
    }
}
