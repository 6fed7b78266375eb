using System.Collections.Concurrent;
using AllData.Certificates;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>
/// What the parts of <see cref="SealingDamage"/> have in common: events that are put into an interval of their own, and waits for what the silos do.
/// </summary>
internal sealed class SealingSteps : IAsyncDisposable
{
    private const int Starts = 4;

    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan NeverBound = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan IntoInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    // Peers that are down on purpose, or are being started.
    private readonly ConcurrentDictionary<string, byte> _down = new();
    private readonly CancellationTokenSource _watchStop = new();
    private readonly Task _watch;

    /// <param name="silos">The silos.</param>
    /// <param name="verdict">What was shown.</param>
    /// <param name="stop">Ends the run.</param>
    public SealingSteps(SealedSilos silos, SealingVerdict verdict, CancellationToken stop)
    {
        (Silos, Verdict, Stop) = (silos, verdict, stop);
        _watch = WatchAsync();
    }

    /// <summary>The silos.</summary>
    public SealedSilos Silos { get; }

    /// <summary>What was shown.</summary>
    public SealingVerdict Verdict { get; }

    /// <summary>Ends the run.</summary>
    public CancellationToken Stop { get; }

    /// <summary>Puts events into an interval that has just begun.</summary>
    /// <param name="events">How many.</param>
    /// <param name="level">When a put is answered.</param>
    /// <returns>The interval and the keys.</returns>
    public async Task<(Interval Interval, List<EventKey> Keys)> FillAsync(int events, CommitLevel level = CommitLevel.All)
    {
        Silos.Clock.AdvanceTo(Silos.Present.EndUnixMilliseconds + (long)IntoInterval.TotalMilliseconds);
        var keys = await PutAsync(Silos.Peers.Where(p => !Silos.Processes[p.Id.Value].HasEnded), events, level);
        return (Interval.Containing(keys[0].UnixMilliseconds, SealedSilos.Length), keys);
    }

    /// <summary>
    /// Puts events one after the other through some gateways. A silo refuses puts until it has heard that the others' clocks were set ahead, too.
    /// </summary>
    public async Task<List<EventKey>> PutAsync(IEnumerable<LocalClusterPeer> gateways, int events, CommitLevel level)
    {
        await using var connection = await StoreClients.ConnectAsync(gateways);
        var (keys, options) = (new List<EventKey>(), new PutOptions { Level = level });
        while (keys.Count < events)
        {
            Stop.ThrowIfCancellationRequested();
            var payload = EventPayload.FromText($$"""{"n":{{keys.Count}},"at":{{Silos.Clock.UnixMilliseconds}}}""");
            await Eventually.Succeeds("an event is put", Bound, async () =>
                keys.Add((await connection.Grains.GetPutCoordinator().Put(payload, options)).Key));
        }

        return keys;
    }

    /// <summary>Sets the clock beyond the close of an interval.</summary>
    public void Pass(Interval interval) => Silos.Clock.AdvanceTo(SealedSilos.CloseOf(interval) + 1);

    /// <summary>All certificates of an interval.</summary>
    public async Task<List<IntervalCertificate>> CertificatesAsync(Interval interval)
    {
        await using var connection = await Silos.ConnectAsync();
        var found = await connection.Grains.GetCertificates().GetCertificates(interval);
        return [.. found.Entries.Select(static entry => IntervalCertificate.Parse(entry.Text))];
    }

    /// <summary>Waits until the newest certificate of an interval is as expected.</summary>
    /// <returns>It; null: it was not before the bound had passed.</returns>
    public async Task<IntervalCertificate?> SealsAsync(Interval interval, Func<IntervalCertificate, bool> expected)
    {
        IntervalCertificate? newest = null;
        var seen = await UntilAsync(Bound, async () => (newest = (await CertificatesAsync(interval)).LastOrDefault()) is { } one && expected(one));
        return seen ? newest : null;
    }

    /// <summary>Whether an interval gets a certificate while it must not.</summary>
    public Task<bool> IsSealedAsync(Interval interval) => UntilAsync(NeverBound, async () => (await CertificatesAsync(interval)).Count > 0);

    /// <summary>Looks until something holds, or is taken not to.</summary>
    public Task<bool> UntilAsync(Func<Task<bool>> holds) => UntilAsync(Bound, holds);

    /// <summary>Whether a peer's file of an interval has a block, intact.</summary>
    public bool Holds(string peer, Interval interval, BlockId block) =>
        CountedIntervals.Count(Silos.Peers, interval)[interval].Blocks.GetValueOrDefault(block)?.Contains(peer) == true;

    /// <summary>Whether a silo has said something since it was started.</summary>
    public bool HasSaid(string peer, string part) => Silos.Processes[peer].Lines.Any(line => line.Contains(part, StringComparison.Ordinal));

    /// <summary>Stops some silos in good order.</summary>
    public Task StopAsync(params IEnumerable<string> peers) => Task.WhenAll(peers.Select(StopOneAsync)).WaitAsync(Stop);

    /// <summary>kill -9 of some silos.</summary>
    public Task KillAsync(params IEnumerable<string> peers) => Task.WhenAll(peers.Select(KillOneAsync)).WaitAsync(Stop);

    /// <summary>Starts some silos again.</summary>
    public Task StartAsync(params IEnumerable<string> peers) => Task.WhenAll(peers.Select(StartOneAsync)).WaitAsync(Stop);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _watchStop.CancelAsync();
        await _watch;
        _watchStop.Dispose();
    }

    /// <summary>The block in the middle of those that all peers hold of an interval: others were numbered before and after it.</summary>
    /// <param name="peers">The peers, whose silos have ended.</param>
    /// <param name="interval">The interval.</param>
    /// <param name="away">How many places from the middle.</param>
    public static BlockId MiddleOf(IEnumerable<LocalClusterPeer> peers, Interval interval, int away = 0)
    {
        var ids = CountedIntervals.Count(peers, interval)[interval].Blocks.Keys.OrderBy(static id => (id.Ordinal, id.Incarnation, id.Number)).ToList();
        var largest = ids.GroupBy(static id => (id.Ordinal, id.Incarnation)).MaxBy(static of => of.Count())!.ToList();
        return largest[(largest.Count / 2) + away];
    }

    private Task StopOneAsync(string peer) => EndAsync(peer, static silo => silo.StopAsync());

    private Task KillOneAsync(string peer) => EndAsync(peer, static silo =>
    {
        silo.Kill();
        return silo.EndsAsync();
    });

    private async Task EndAsync(string peer, Func<SiloProcess, Task> end)
    {
        // One that is just being started again has to be there first.
        while (!_down.TryAdd(peer, 0))
        {
            await Task.Delay(Look, Stop);
        }

        if (Silos.Processes[peer] is { HasEnded: false } silo)
        {
            await end(silo);
        }
    }

    private async Task StartOneAsync(string peer)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await Silos.Processes.RestartAsync(peer);
                _down.TryRemove(peer, out _);
                return;
            }
            catch (Exception e) when (attempt < Starts && !Stop.IsCancellationRequested)
            {
                Silos.Log.Say($"{peer}: start {attempt} failed: {e.Message.Split('\n')[0]}");
            }
        }
    }

    // On a busy machine a silo may be declared dead that is not: it ends, and is started again as a service manager does.
    private async Task WatchAsync()
    {
        while (!_watchStop.IsCancellationRequested)
        {
            foreach (var silo in Silos.Processes.Silos.Where(HasEnded))
            {
                if (_down.TryAdd(silo.Peer.Id.Value, 0))
                {
                    Silos.Log.Say($"{silo.Peer.Id} has ended by itself");
                    await StartOneAsync(silo.Peer.Id.Value).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }

            await Task.Delay(Look, _watchStop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static bool HasEnded(SiloProcess silo)
    {
        try
        {
            return silo.HasEnded;
        }
        catch (InvalidOperationException)
        {
            // Another process has just taken its place.
            return false;
        }
    }

    private async Task<bool> UntilAsync(TimeSpan bound, Func<Task<bool>> holds)
    {
        var until = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                if (await holds())
                {
                    return true;
                }
            }
            catch (Exception) when (!Stop.IsCancellationRequested)
            {
                // A silo does not answer yet, or a file is just being changed.
            }

            if (TimeProvider.System.GetElapsedTime(until) > bound)
            {
                return false;
            }

            await Task.Delay(Look, Stop);
        }
    }
}
