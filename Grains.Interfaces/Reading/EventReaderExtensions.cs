using AllData.Reading;

namespace AllData;

/// <summary>The way to the events of a store.</summary>
public static class EventReaderExtensions
{
    /// <summary>A reader; consecutive calls spread over a client's gateways.</summary>
    public static IEventReaderGrain GetEventReader(this IGrainFactory factory) =>
        factory.GetGrain<IEventReaderGrain>(GrainFactoryExtensions.NextStatelessKey());

    /// <summary>Reads events, in a client as in a silo.</summary>
    public static IEventReader CreateEventReader(this IGrainFactory factory) => new GrainEventReader(factory);

    /// <summary>The positions of named consumers, in a client as in a silo.</summary>
    public static IConsumerPositions CreateConsumerPositions(this IGrainFactory factory) => new GrainConsumerPositions(factory);
}
