using System.Diagnostics;
using AllData.Intervals;

namespace AllData.Storage.Engine;

/// <summary>
/// Access to the file of an interval: many readers, or one thread that replaces or changes the file and needs it alone. Threads at different
/// intervals do not wait for each other: a check reads a whole file in one go, and puts continue meanwhile.
/// </summary>
internal sealed class IntervalGate
{
    private readonly object _gate = new();
    private readonly Dictionary<Interval, int> _reading = [];
    private readonly HashSet<Interval> _alone = [];

    /// <summary>Waits until no thread has the interval alone.</summary>
    public void EnterToRead(Interval interval)
    {
        lock (_gate)
        {
            while (_alone.Contains(interval))
            {
                Monitor.Wait(_gate);
            }

            _reading[interval] = _reading.GetValueOrDefault(interval) + 1;
        }
    }

    /// <summary>A reader has read.</summary>
    public void ExitFromReading(Interval interval)
    {
        lock (_gate)
        {
            var others = _reading[interval] - 1;
            _reading[interval] = others;
            if (others == 0)
            {
                _reading.Remove(interval);
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Does something while no thread reads the interval; readers that come wait for it.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="patience">How long to wait for readers.</param>
    /// <param name="work">The work.</param>
    /// <returns>False: a thread has been reading for longer, and nothing was done.</returns>
    public bool TryRunAlone(Interval interval, TimeSpan patience, Action work)
    {
        if (!TryEnterAlone(interval, patience))
        {
            return false;
        }

        try
        {
            work();
            return true;
        }
        finally
        {
            ExitAlone(interval);
        }
    }

    private bool TryEnterAlone(Interval interval, TimeSpan patience)
    {
        var start = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            // Readers that arrive from now on wait, so that the readers become fewer.
            _alone.Add(interval);
            while (_reading.ContainsKey(interval))
            {
                var rest = patience - Stopwatch.GetElapsedTime(start);
                if (rest <= TimeSpan.Zero || !Monitor.Wait(_gate, rest))
                {
                    ExitAlone(interval);
                    return false;
                }
            }

            return true;
        }
    }

    private void ExitAlone(Interval interval)
    {
        lock (_gate)
        {
            _alone.Remove(interval);
            Monitor.PulseAll(_gate);
        }
    }
}
