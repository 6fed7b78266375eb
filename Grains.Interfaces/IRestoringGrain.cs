using AllData.Errors;
using AllData.Events;
using AllData.Peers;

namespace AllData;

/// <summary>Brings archived events back. Runs at the silo where the call comes in. Stateless: any integer is one.</summary>
[Alias("AllData.IRestoringGrain")]
internal interface IRestoringGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// Stores events as they were stored before, at the peer of this silo, under their keys. Durable when it returns; further copies are made by repair. What
    /// the peer holds already is left out, so the same batch again is no change.
    /// </summary>
    /// <param name="batch">The events, their keys strictly ascending, each in an interval that is over.</param>
    /// <param name="topic">Their topic; null: they have none.</param>
    /// <returns>The peer.</returns>
    /// <exception cref="OverloadedException">This silo cannot take them now; another one may.</exception>
    /// <exception cref="InvalidKeyException">The interval of an event is not over.</exception>
    /// <exception cref="InvalidEventException">The batch is not one.</exception>
    [Alias("Restore")]
    Task<PeerId> Restore(EventBatch batch, Topic? topic);
}
