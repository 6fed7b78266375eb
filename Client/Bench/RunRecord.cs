using System.Collections.Concurrent;
using AllData.Errors;
using AllData.Events;

namespace AllData.Client.Bench;

/// <summary>What a run of a load has done so far: which events it has sent, which of them are acknowledged, and what failed.</summary>
internal sealed class RunRecord(NumberedEvents events)
{
    private readonly ConcurrentDictionary<string, long> _errors = new();
    private long _next;
    private long _acknowledged;
    private long _notSent;
    private long _firstTime = long.MaxValue;
    private long _lastTime = long.MinValue;

    /// <summary>The run's events.</summary>
    public NumberedEvents Events { get; } = events;

    /// <summary>Latencies of the events that were acknowledged.</summary>
    public Latencies Latencies { get; } = new();

    /// <summary>Numbers of the events that were acknowledged.</summary>
    public EventBits AcknowledgedNumbers { get; } = new();

    /// <summary>How many events were acknowledged.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Events whose turn came while as many as may be were outstanding, or when the time was over.</summary>
    public long NotSent => Interlocked.Read(ref _notSent);

    /// <summary>Events that failed, by kind of failure.</summary>
    public IReadOnlyDictionary<string, long> Errors => _errors;

    /// <summary>Times that the keys acknowledged lie between, milliseconds since 1970; null before the first.</summary>
    public (long First, long Last)? KeyTimes => _lastTime < _firstTime ? null : (_firstTime, _lastTime);

    /// <summary>Gives out numbers for a call.</summary>
    /// <returns>The first of them; the others follow.</returns>
    public long Take(int count) => Interlocked.Add(ref _next, count) - count;

    /// <summary>An event was acknowledged under a key.</summary>
    public void Acknowledge(long number, EventKey key)
    {
        NoteTime(key.UnixMilliseconds);
        AcknowledgedNumbers.Add(number);
        Interlocked.Increment(ref _acknowledged);
    }

    /// <summary>An event was acknowledged without its key; it was made between two times of this machine's clock.</summary>
    public void Acknowledge(long number, DateTimeOffset sent, DateTimeOffset answered)
    {
        NoteTime(sent.ToUnixTimeMilliseconds());
        NoteTime(answered.ToUnixTimeMilliseconds());
        AcknowledgedNumbers.Add(number);
        Interlocked.Increment(ref _acknowledged);
    }

    public void Fail(Exception failure, int events) => Fail(failure.GetType().Name, events);

    public void Fail(string kind, int events) => _errors.AddOrUpdate(kind, static (_, more) => more, static (_, count, more) => count + more, (long)events);

    /// <summary>Events were not sent when it was their turn.</summary>
    public void Skip(long events) => Interlocked.Add(ref _notSent, events);

    /// <summary>Events that the store was too busy for.</summary>
    public long Overloaded => _errors.GetValueOrDefault(nameof(OverloadedException));

    private void NoteTime(long time)
    {
        // Nearly always one comparison each: keys rise.
        for (var first = Volatile.Read(ref _firstTime); time < first; first = Volatile.Read(ref _firstTime))
        {
            Interlocked.CompareExchange(ref _firstTime, time, first);
        }

        for (var last = Volatile.Read(ref _lastTime); time > last; last = Volatile.Read(ref _lastTime))
        {
            Interlocked.CompareExchange(ref _lastTime, time, last);
        }
    }
}
