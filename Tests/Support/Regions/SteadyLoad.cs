using System.Diagnostics;
using AllData.Client.Bench;
using AllData.Events;
using AllData.Replication;

namespace AllData.Tests.Support;

/// <summary>
/// Puts single events at a rate, whatever the answers: latency counts from the moment that a put was due. A phase can begin at any time: a put belongs to
/// the one in which it was due.
/// </summary>
internal sealed class SteadyLoad : IAsyncDisposable
{
    private const int MaxOutstanding = 20_000;

    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(2);

    private readonly Func<EventPayload, Task<PutReceipt>> _put;
    private readonly RunRecord _record;
    private readonly double _step;
    private readonly Task _sending;
    private volatile LoadPhase _phase;
    private volatile bool _isPaused;
    private volatile bool _isStopping;
    private long _outstanding;

    /// <param name="put">Puts an event.</param>
    /// <param name="record">Takes what is acknowledged.</param>
    /// <param name="perSecond">Puts in a second.</param>
    /// <param name="phase">The first phase.</param>
    public SteadyLoad(Func<EventPayload, Task<PutReceipt>> put, RunRecord record, double perSecond, LoadPhase phase)
    {
        (_put, _record, _phase) = (put, record, phase);
        _step = Stopwatch.Frequency / perSecond;
        _sending = Task.Run(SendAsync);
    }

    /// <summary>What goes on now.</summary>
    public LoadPhase Phase
    {
        get => _phase;
        set => _phase = value;
    }

    /// <summary>Whether no put is due for now.</summary>
    public bool IsPaused
    {
        get => _isPaused;
        set => _isPaused = value;
    }

    /// <summary>Waits until every put that was made is answered.</summary>
    /// <exception cref="TimeoutException">One is not.</exception>
    public async Task AnsweredAsync(TimeSpan bound)
    {
        var watch = Stopwatch.StartNew();
        while (Interlocked.Read(ref _outstanding) is > 0 and var left)
        {
            await Task.Delay(Beat);
            if (watch.Elapsed > bound)
            {
                throw new TimeoutException($"{left} puts are not answered within {bound}.");
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _isStopping = true;
        await _sending;
    }

    private async Task SendAsync()
    {
        double due = Stopwatch.GetTimestamp();
        while (!_isStopping)
        {
            double now = Stopwatch.GetTimestamp();
            due = _isPaused ? now : due;
            for (; due < now; due += _step)
            {
                Send((long)due);
            }

            await Task.Delay(Beat);
        }
    }

    private void Send(long due)
    {
        if (Interlocked.Increment(ref _outstanding) <= MaxOutstanding)
        {
            _ = PutAsync(due, _phase);
        }
        else
        {
            Interlocked.Decrement(ref _outstanding);
            _phase.OnNotSent();
        }
    }

    private async Task PutAsync(long due, LoadPhase phase)
    {
        try
        {
            var number = _record.Take(1);
            var receipt = await _put(_record.Events.Create(number)).ConfigureAwait(false);
            _record.Acknowledge(number, receipt.Key);
            phase.OnAcknowledged(Stopwatch.GetElapsedTime(due));
        }
        catch (Exception e)
        {
            phase.OnFailed(e);
        }
        finally
        {
            Interlocked.Decrement(ref _outstanding);
        }
    }
}
