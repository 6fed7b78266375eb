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

    /// <summary>Follows what is sealed, in a client as in a silo: <c>await foreach (var one in grains.FollowSealed()) …</c>.</summary>
    /// <param name="factory">The cluster.</param>
    /// <param name="from">
    /// The index of the first entry of the certificate log that is wanted; 0: all of the log. A reader that was stopped gives
    /// <see cref="SealedFollow.Position"/>.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="from"/> is below 0.</exception>
    public static SealedFollow FollowSealed(this IGrainFactory factory, long from = 0) => new(factory, from, TimeProvider.System);
}
