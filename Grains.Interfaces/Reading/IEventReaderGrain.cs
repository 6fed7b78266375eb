using AllData.Events;
using AllData.Replication;

namespace AllData;

/// <summary>Reads events back, at the silo where the call comes in. Stateless: any integer is a reader.</summary>
[Alias("AllData.IEventReaderGrain")]
public interface IEventReaderGrain : IGrainWithIntegerKey
{
    /// <summary>Asks every registered peer for a key, each within the replica deadline.</summary>
    [Alias("Get")]
    Task<EventReadResult> Get(EventKey key);
}
