using AllData.Intervals;
using Microsoft.Extensions.Logging;
using Orleans.Utilities;

namespace AllData.Replicas;

/// <summary>Who wants to know of the intervals that this silo's peer closes.</summary>
internal sealed class IntervalObservers(ILogger<IntervalObservers> logger)
{
    /// <summary>How long a subscription holds.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromMinutes(5);

    private const int MaxObservers = 1_000;

    private readonly Lock _gate = new();
    private readonly ObserverManager<IIntervalObserver> _observers = new(Bound, logger);

    /// <summary>Adds an observer, or prolongs its subscription.</summary>
    /// <exception cref="InvalidOperationException">There are as many as may be.</exception>
    public void Subscribe(IIntervalObserver observer)
    {
        lock (_gate)
        {
            _observers.ClearExpired();
            if (_observers.Count >= MaxObservers && !_observers.Contains(observer))
            {
                throw new InvalidOperationException($"{MaxObservers} observers have subscribed already, as many as may. Let one observer tell the others.");
            }

            _observers.Subscribe(observer, observer);
        }
    }

    /// <summary>Removes an observer.</summary>
    public void Unsubscribe(IIntervalObserver observer)
    {
        lock (_gate)
        {
            _observers.Unsubscribe(observer);
        }
    }

    /// <summary>Tells all; one that cannot be reached is dropped.</summary>
    public void Tell(IntervalClosed closed)
    {
        lock (_gate)
        {
            _observers.Notify(observer => observer.OnIntervalClosed(closed)).Ignore();
        }
    }
}
