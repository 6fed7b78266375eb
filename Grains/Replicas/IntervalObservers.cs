using AllData.Replication;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Utilities;

namespace AllData.Replicas;

/// <summary>The observers of the intervals that this silo's peer closes.</summary>
internal sealed class IntervalObservers(ILogger<IntervalObservers> logger)
{
    /// <summary>How long a subscription holds.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromMinutes(5);

    private const int MaxObservers = 1_000;

    // A program needs one; further ones belong to its parts, or are left over until they lapse.
    private const int MaxOfOneClient = 50;

    private readonly Lock _gate = new();
    private readonly ObserverManager<IIntervalObserver> _observers = new(Bound, logger);

    /// <summary>Adds an observer, or prolongs its subscription.</summary>
    /// <exception cref="InvalidOperationException">The maximum is reached.</exception>
    public void Subscribe(IIntervalObserver observer)
    {
        lock (_gate)
        {
            _observers.ClearExpired();
            if (_observers.Count >= MaxObservers && !_observers.Contains(observer))
            {
                throw new InvalidOperationException($"{MaxObservers} observers are subscribed already, the maximum. Let one observer notify the others.");
            }

            if (ClientOf(observer) is { } client && !_observers.Contains(observer) && _observers.Count(o => ClientOf(o) == client) >= MaxOfOneClient)
            {
                throw new InvalidOperationException($"This client has subscribed {MaxOfOneClient} observers already, the maximum. Let one "
                    + "observer notify the others.");
            }

            _observers.Subscribe(observer, observer);
        }
    }

    // An observer's key is its client's key, a plus sign and a number. An observer in this silo has no client.
    private static string? ClientOf(IIntervalObserver observer) =>
        observer is GrainReference reference && reference.GrainId.Key.ToString() is { } key && key.IndexOf('+') is > 0 and var end ? key[..end] : null;

    public void Unsubscribe(IIntervalObserver observer)
    {
        lock (_gate)
        {
            _observers.Unsubscribe(observer);
        }
    }

    /// <summary>Notifies all; an observer that cannot be reached is dropped.</summary>
    public void Tell(IntervalClosed closed)
    {
        lock (_gate)
        {
            _observers.Notify(observer => observer.OnIntervalClosed(closed)).Ignore();
        }
    }
}
