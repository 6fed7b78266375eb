using AllData.Configuration;
using AllData.Errors;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Remote;
using Microsoft.Extensions.Options;

namespace AllData.Coordination;

/// <summary>Decides whether a put is admitted, by its size and the free room. A refused put has written nothing.</summary>
internal sealed class PutAdmission(IOptions<AllDataOptions> options, AdmissionGate gate, IRegionLinks links, PutInstruments instruments)
{
    /// <summary>When a put that was refused for lack of room may be retried.</summary>
    public static readonly TimeSpan RetryHint = TimeSpan.FromMilliseconds(500);

    // What an event occupies in addition to its bytes: without it, millions of one-byte events would fit into the bound.
    private const long OverheadBytes = 512;

    private readonly LimitOptions _limits = options.Value.Limits;

    /// <summary>Takes room for events, to be disposed of by the caller.</summary>
    /// <exception cref="ClusterDroppedException">This cluster was dropped from the store.</exception>
    /// <exception cref="OverloadedException">There is not enough room.</exception>
    public AdmissionGate.Ticket Enter(ReadOnlySpan<KeyedEvent> events)
    {
        RefuseIfDropped(events.Length);
        var charge = OverheadBytes * events.Length;
        foreach (ref readonly var one in events)
        {
            charge += one.Payload.Length;
        }

        return gate.TryEnter(charge) ?? throw Refused(
            new OverloadedException(
                $"{gate.WaitingBytes} bytes of events are in flight in this silo, the bound is {gate.MaxBytes}. "
                    + "Try again later, or through another silo.",
                RetryHint),
            events.Length);
    }

    /// <summary>Refuses where no other cluster of the store would ever fetch what is put.</summary>
    /// <exception cref="ClusterDroppedException">This cluster was dropped from the store.</exception>
    public void RefuseIfDropped(int events)
    {
        if (links.Dropped is { } dropped)
        {
            throw Refused(
                new ClusterDroppedException(
                    $"This cluster was dropped from the store and takes no puts: put through a cluster that stays. {dropped.Sentence}",
                    dropped.DocumentVersion),
                events);
        }
    }

    /// <summary>Refuses a batch that is empty, or larger than a put of many may be.</summary>
    /// <exception cref="PutException">The batch is empty or too large.</exception>
    public void RefuseBatch(EventBatch batch)
    {
        if (batch.Count < 1 || batch.Records.IsEmpty)
        {
            throw Refused(new InvalidEventException("The batch is empty: a put of many has at least one event."), 1);
        }

        if (batch.Count > _limits.MaxPutManyEvents)
        {
            throw Refused(
                new EventTooLargeException(
                    $"The batch has {batch.Count} events, a put of many at most {_limits.MaxPutManyEvents}: send it in parts.",
                    _limits.MaxPutManyEvents,
                    batch.Count),
                batch.Count);
        }

        var bytes = batch.Records.Length - ((long)PackedEvent.Overhead * batch.Count);
        if (bytes > _limits.MaxPutManyBytes)
        {
            throw Refused(
                new EventTooLargeException(
                    $"The batch has {bytes} bytes of events, a put of many at most {_limits.MaxPutManyBytes}: send it in parts.",
                    _limits.MaxPutManyBytes,
                    bytes),
                batch.Count);
        }
    }

    /// <summary>Why an event cannot be put, whatever else is true; null when it can.</summary>
    public PutException? SizeError(in KeyedEvent e)
    {
        var (bytes, most) = (e.Payload.Length, _limits.MaxEventBytes);
        EventKey? key = e.Key == default ? null : e.Key;
        return bytes == 0 ? new InvalidEventException("The event is empty: an event has at least one byte.", key)
            : bytes > most ? new EventTooLargeException($"The event has {bytes} bytes, more than the limit of {most}.", most, bytes, key)
            : null;
    }

    /// <summary>Counts a refusal.</summary>
    /// <param name="error">Why.</param>
    /// <param name="events">Of how many events.</param>
    /// <returns>The error.</returns>
    public PutException Refused(PutException error, int events)
    {
        instruments.OnPutResolved(error, events);
        return error;
    }
}
