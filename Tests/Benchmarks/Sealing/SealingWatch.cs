using System.Collections.Concurrent;
using System.Diagnostics;
using AllData.Certificates;
using AllData.Intervals;

namespace AllData.Benchmarks;

/// <summary>
/// Notes, by this process's monotonic clock, when each interval could be closed and when its certificates were seen. It looks several times a second,
/// through any silo that answers.
/// </summary>
internal sealed class SealingWatch : IAsyncDisposable
{
    private const int EntriesAtOnce = 512;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan AnswerBound = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Interval, long> _closed = new();
    private readonly ConcurrentQueue<(IntervalCertificate Certificate, long At)> _certificates = new();
    private readonly SealedSilos _silos;
    private readonly Func<IGrainFactory> _grains;
    private readonly Task _watching;
    private Interval _next;

    /// <param name="silos">The silos.</param>
    /// <param name="grains">The way to a silo that answers.</param>
    public SealingWatch(SealedSilos silos, Func<IGrainFactory> grains)
    {
        (_silos, _grains, _next) = (silos, grains, silos.Present);
        _watching = WatchAsync();
    }

    /// <summary>The certificates that were seen, in the order of the log.</summary>
    public IReadOnlyCollection<IntervalCertificate> Certificates => [.. _certificates.Select(static c => c.Certificate)];

    /// <summary>When an interval could be closed, as a timestamp; null: it cannot yet.</summary>
    public long? ClosedAt(Interval interval) => _closed.TryGetValue(interval, out var at) ? at : null;

    /// <summary>When the first certificate of an interval was seen that promises something, as a timestamp; null: none was.</summary>
    public long? SealedAt(Interval interval) => _certificates
        .Where(c => c.Certificate.Interval == interval && c.Certificate.State != CertificateState.Unknown).Select(static c => (long?)c.At).FirstOrDefault();

    /// <summary>From the moment that an interval could be closed until it was sealed; null: it is not sealed.</summary>
    public TimeSpan? DelayOf(Interval interval) =>
        (ClosedAt(interval), SealedAt(interval)) is ({ } closed, { } sealedAt) ? Stopwatch.GetElapsedTime(closed, sealedAt) : null;

    /// <summary>Waits until something holds.</summary>
    /// <returns>Whether it did before the bound had passed.</returns>
    public static async Task<bool> UntilAsync(Func<bool> holds, TimeSpan bound, CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        while (!holds())
        {
            if (watch.Elapsed > bound)
            {
                return false;
            }

            await Task.Delay(Look, stop);
        }

        return true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            for (; SealedSilos.CloseOf(_next) <= _silos.Clock.UnixMilliseconds; _next = _next.Next)
            {
                _closed[_next] = Stopwatch.GetTimestamp();
            }

            await ReadAsync();
            await Task.Delay(Look, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            var more = await _grains().GetCertificates().GetEntries(_certificates.Count, EntriesAtOnce).WaitAsync(AnswerBound, _stop.Token);
            foreach (var entry in more.Entries.Where(entry => entry.Index == _certificates.Count))
            {
                _certificates.Enqueue((IntervalCertificate.Parse(entry.Text), Stopwatch.GetTimestamp()));
            }
        }
        catch (Exception)
        {
            // The silo is killed or hung: the next look.
        }
    }
}
