using System.Collections.Immutable;
using AllData.Events;
using AllData.Replication;

namespace AllData.Putting;

/// <summary>Makes one attempt to put a batch through a lane: keys from its own gateway, then the call, within bounds.</summary>
/// <param name="sync">Guards the lanes.</param>
/// <param name="lanes">The lanes.</param>
/// <param name="options">The bounds.</param>
/// <param name="clock">The clock.</param>
internal sealed class LaneCaller(Lock sync, LaneTable lanes, AllDataClientOptions options, ClientClock clock)
{
    /// <summary>Puts a batch, under new keys if it has none yet.</summary>
    /// <exception cref="TimeoutException">There was no answer in time, or there will be none.</exception>
    public async Task<PutResults> PutAsync(Lane lane, PutBatch batch)
    {
        if (!batch.HasKeys)
        {
            batch.Give(await TakeKeysAsync(lane, batch));
        }

        return await BoundedAsync(lane, lane.Coordinator.PutMany(batch.Pack(), batch.Options), batch);
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
            await ((Task)call.WaitAsync(step, clock.Time)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return await call;
    }
}
