using System.Collections.Immutable;
using AllData.Consumers;
using AllData.Errors;
using AllData.Events;

namespace AllData;

/// <summary>
/// Keeps how far one named consumer is, durably in the database of the cluster. Applications use <see cref="Reading.IConsumerPositions"/>, or
/// <see cref="Reading.EventConsumer"/>, which reads, too.
/// </summary>
[Alias("AllData.IConsumerGrain")]
public interface IConsumerGrain : IGrainWithStringKey
{
    /// <summary>How far it is; null if there is no such consumer.</summary>
    [Alias("Get")]
    Task<ConsumerPosition?> Get();

    /// <summary>Becomes its holder: acknowledgements of the former one are refused from now on. Makes the consumer where it is not there yet.</summary>
    /// <param name="holder">What the holder calls itself.</param>
    /// <param name="start">Where a new consumer begins, after this key; null: with the present, which the holder then finds out.</param>
    /// <exception cref="TooManyConsumersException">It would be one too many.</exception>
    [Alias("Take")]
    Task<ConsumerPosition> Take(string holder, EventKey? start);

    /// <summary>Moves the position on. The same move again changes nothing.</summary>
    /// <param name="seen">What must still be there.</param>
    /// <param name="position">The new position.</param>
    /// <exception cref="ConsumerNotFoundException">There is no such consumer.</exception>
    /// <exception cref="ConsumerMovedException">Something else is there.</exception>
    /// <exception cref="InvalidPositionException">The position lies before the kept one, or in the future.</exception>
    [Alias("Move")]
    Task<ConsumerPosition> Move(ConsumerMark seen, EventKey position);

    /// <summary>Sets the position, forwards or back, and takes the consumer from its holder.</summary>
    /// <param name="seen">What must still be there; null: no consumer of this name, so that it is made.</param>
    /// <param name="position">The new position.</param>
    /// <exception cref="ConsumerNotFoundException">There is no such consumer.</exception>
    /// <exception cref="ConsumerMovedException">Something else is there.</exception>
    /// <exception cref="InvalidPositionException">The position lies in the future.</exception>
    /// <exception cref="TooManyConsumersException">It would be one too many.</exception>
    [Alias("Reset")]
    Task<ConsumerPosition> Reset(ConsumerMark? seen, EventKey position);

    /// <summary>Deletes the consumer.</summary>
    /// <returns>Whether there was one.</returns>
    [Alias("Delete")]
    Task<bool> Delete();
}

/// <summary>Knows the names of all consumers, and bounds their number.</summary>
[Alias("AllData.IConsumerCatalogGrain")]
public interface IConsumerCatalogGrain : IGrainWithStringKey
{
    /// <summary>The names, ascending. A consumer that could not be made to the end may be among them.</summary>
    [Alias("List")]
    Task<ImmutableArray<ConsumerName>> List();

    /// <summary>A consumer is about to be made.</summary>
    /// <exception cref="TooManyConsumersException">It would be one too many.</exception>
    [Alias("Add")]
    Task Add(ConsumerName name);

    /// <summary>A consumer was deleted.</summary>
    [Alias("Remove")]
    Task Remove(ConsumerName name);
}
