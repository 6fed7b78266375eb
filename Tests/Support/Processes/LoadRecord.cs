using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using AllData.Errors;
using AllData.Events;

namespace AllData.Tests.Support;

/// <summary>A put that was not acknowledged at an attempt.</summary>
/// <param name="Gateway">The peer whose gateway it went through.</param>
/// <param name="Key">Its key; null where the coordinator was to issue it.</param>
/// <param name="Error">Why.</param>
internal sealed record LoadFailure(string Gateway, EventKey? Key, Exception Error)
{
    /// <summary>
    /// Whether this attempt wrote nothing, because too few peers could say whether another event stands under its key. An earlier attempt may have left copies.
    /// </summary>
    public bool IsUndecided => Error is PutOutcomeUnknownException { Written: WrittenState.Nothing or WrittenState.SomeCopies };

    /// <inheritdoc/>
    public override string ToString() => $"through {Gateway}, key {Key?.ToString() ?? "not issued"}: {Error.GetType().Name}: {Error.Message.Split('\n')[0]}";
}

/// <summary>
/// What a client knows after putting: which events were acknowledged, what failed, how long nothing was acknowledged. It may outlive several
/// loads and the silos themselves.
/// </summary>
internal sealed class LoadRecord
{
    private readonly Lock _clock = new();
    private readonly ConcurrentDictionary<EventKey, EventDigest> _acknowledged = new();
    private readonly ConcurrentDictionary<EventKey, byte> _issued = new();
    private long _lastAcknowledgement;
    private long _count;

    /// <summary>The acknowledged events and the digests of key and payload.</summary>
    public IReadOnlyDictionary<EventKey, EventDigest> Acknowledged => _acknowledged;

    /// <summary>Number of acknowledged events; cheaper than counting them.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Attempts that failed.</summary>
    public ConcurrentQueue<LoadFailure> Failures { get; } = new();

    /// <summary>Attempts that failed through other gateways than the given ones.</summary>
    public IEnumerable<LoadFailure> FailuresBeside(params string[] gateways) => Failures.Where(failure => !gateways.Contains(failure.Gateway));

    /// <summary>Puts that were given up after many attempts.</summary>
    public ConcurrentQueue<LoadFailure> GivenUp { get; } = new();

    /// <summary>Keys that were issued a second time, reserved or with a receipt.</summary>
    public ConcurrentQueue<EventKey> IssuedTwice { get; } = new();

    /// <summary>Longest time between two acknowledgements.</summary>
    public TimeSpan LongestPause { get; private set; }

    /// <summary>Keys were reserved.</summary>
    public void OnIssued(params ImmutableArray<EventKey> keys)
    {
        foreach (var key in keys)
        {
            if (!_issued.TryAdd(key, 0))
            {
                IssuedTwice.Enqueue(key);
            }
        }
    }

    /// <summary>A put was acknowledged.</summary>
    public void OnAcknowledged(EventKey key, EventPayload payload)
    {
        lock (_clock)
        {
            var now = Stopwatch.GetTimestamp();
            var pause = _lastAcknowledgement == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(_lastAcknowledgement, now);
            LongestPause = pause > LongestPause ? pause : LongestPause;
            _lastAcknowledgement = now;
        }

        _acknowledged[key] = EventDigest.Of(key, payload.Bytes);
        Interlocked.Increment(ref _count);
    }

    /// <summary>A time without puts does not count as a pause.</summary>
    public void OnPaused()
    {
        lock (_clock)
        {
            _lastAcknowledgement = 0;
        }
    }
}
