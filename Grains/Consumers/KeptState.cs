using AllData.Errors;
using Orleans.Runtime;

namespace AllData.Consumers;

/// <summary>State of a grain that is told only after it is stored.</summary>
/// <param name="persistent">Where it is stored.</param>
/// <param name="what">What it is, for a sentence.</param>
internal sealed class KeptState<T>(IPersistentState<T> persistent, Func<string> what)
    where T : class
{
    private bool _isUncertain;

    /// <summary>The present state, read again where a write had an unknown outcome.</summary>
    /// <exception cref="RegistryUnavailableException">The database does not answer.</exception>
    public async Task<T> ReadAsync()
    {
        try
        {
            if (_isUncertain)
            {
                await persistent.ReadStateAsync();
                _isUncertain = false;
            }
        }
        catch (Exception e)
        {
            throw new RegistryUnavailableException($"The cluster database does not answer, which keeps {what()}: {e.Message} Try again when it does.");
        }

        return persistent.State;
    }

    /// <summary>Makes a change durable; one to the same state does nothing.</summary>
    /// <param name="change">Gives the state to keep.</param>
    /// <exception cref="RegistryUnavailableException">The database does not answer, and it is not known whether the change is stored.</exception>
    public async Task<T> ChangeAsync(Func<T, T> change)
    {
        var before = await ReadAsync();
        var after = change(before);
        if (ReferenceEquals(before, after))
        {
            return before;
        }

        persistent.State = after;
        try
        {
            await persistent.WriteStateAsync();
            return after;
        }
        catch (Exception e)
        {
            // It may have arrived, or another activation may have written: nothing is told of it before it is read again.
            persistent.State = before;
            _isUncertain = true;
            throw new RegistryUnavailableException($"It is not known whether the cluster database has kept {what()}: {e.Message} Try again.");
        }
    }
}
