using AllData.Events;
using AllData.Replication;

namespace AllData.Reading;

/// <summary>
/// Reads events back, each once, in the order of their keys. The interface that an application depends on: <see
/// cref="EventReaderExtensions.CreateEventReader"/> makes one, <see cref="AllDataClientServices"/> registers it, and a test may write its own (<see
/// cref="EventScan.Of"/>).
/// </summary>
public interface IEventReader
{
    /// <summary>Reads one key; asks every registered peer.</summary>
    Task<EventReadResult> GetAsync(EventKey key, CancellationToken cancellationToken = default);

    /// <summary>
    /// The events of a range, each once. Nothing happens before it is enumerated. Every event that was acknowledged before is given, as long
    /// as one of its holders answers; puts that go on meanwhile may or may not be seen.
    /// </summary>
    EventScan Scan(ScanRange range);

    /// <summary>
    /// Follows the store: every event from a position on, each once, in the order of their keys, as soon as nothing more can appear before it. Nothing happens
    /// before it is enumerated, and it never ends by itself. Where a peer is away it waits, and <see cref="EventFollow.HeldUpBy"/> names the peer.
    /// </summary>
    /// <param name="start">Where to begin.</param>
    EventFollow FollowAsync(FollowStart start) => throw new NotSupportedException("This reader does not follow.");

    /// <summary>Follows the store, also with events that are not safe yet.</summary>
    /// <param name="start">Where to begin.</param>
    /// <param name="mode">When an event is given.</param>
    EventFollow FollowAsync(FollowStart start, FollowMode mode) => mode == FollowMode.Ordered
        ? FollowAsync(start)
        : throw new NotSupportedException("This reader does not follow live.");

    /// <summary>
    /// Follows as a named consumer, whose position the cluster keeps: it continues after what was acknowledged, whichever process consumes. Nothing happens
    /// before it is enumerated; then it takes the consumer from its former holder.
    /// </summary>
    /// <param name="name">The consumer: 1 to 64 letters, digits, hyphens, underscores and dots. It is made where it is not there.</param>
    /// <param name="start">Where a new consumer begins.</param>
    /// <exception cref="Errors.InvalidConsumerNameException">It is not a consumer's name.</exception>
    EventConsumer ConsumeAsync(string name, FollowStart start) => throw new NotSupportedException("This reader keeps no positions.");
}

/// <summary>An event as a scan gives it.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Payload">Its bytes.</param>
/// <param name="IsConflict">Whether other events have the same key: they come directly before or after it.</param>
public readonly record struct ScannedEvent(EventKey Key, ReadOnlyMemory<byte> Payload, bool IsConflict)
{
    /// <summary>Why the payload cannot be read, and is empty; null where it can.</summary>
    public UnreadablePayload? Unreadable { get; init; }

    /// <summary>Its topic; null: it has none.</summary>
    public Topic? Topic { get; init; }

    /// <summary>
    /// Where it stands for readers that follow, if it is late: its key was given (an import, the retry of an old put) and lay at or below what readers may
    /// have passed when it was put. Null where it is not late, and in scans, which give every event at its key.
    /// </summary>
    public EventKey? LateAt { get; init; }

    /// <summary>Where a reader that follows is after it: <see cref="FollowStart.After"/>. Its key, or <see cref="LateAt"/>.</summary>
    public EventKey Position => LateAt ?? Key;
}
