using System.Collections.Concurrent;
using System.Diagnostics;

namespace AllData.Tests.Support;

/// <summary>Performs faults on the silos of a cluster, one at a time on each, and restarts silos that end on their own.</summary>
internal sealed class FaultyCluster(LocalClusterProcesses cluster, LoadDriver load, SmallDisk? smallDisk, Action<string> say)
{
    private const int Starts = 4;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    // A silo that went on after it was declared dead finds that out within a refresh of the membership table.
    private static readonly TimeSpan EvictionShows = TimeSpan.FromSeconds(3);

    private readonly HashSet<string> _inTrouble = [];
    private readonly ConcurrentDictionary<FaultKind, int> _performed = new();
    private int _endedByThemselves;

    /// <summary>Faults performed, by kind.</summary>
    public IReadOnlyDictionary<FaultKind, int> Performed => _performed;

    /// <summary>Silos that ended without being asked to: evicted ones.</summary>
    public int EndedByThemselves => Volatile.Read(ref _endedByThemselves);

    /// <summary>Performs faults one after the other until it is stopped; the last one is ended.</summary>
    public async Task PerformAsync(IEnumerable<Fault> faults, CancellationToken stop)
    {
        foreach (var fault in faults)
        {
            if (stop.IsCancellationRequested || !await PerformAsync(fault, stop))
            {
                return;
            }

            await Task.Delay(fault.Rest, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Restarts silos that have ended on their own, until it is stopped.</summary>
    public async Task WatchAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await ReviveAsync();
            await Task.Delay(Look, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Restarts silos that have ended on their own by now.</summary>
    public Task ReviveAsync() => Task.WhenAll(cluster.Layout.Peers.Select(peer => ReviveAsync(peer.Id.Value)));

    private async Task ReviveAsync(string peer)
    {
        // A peer in trouble is looked after already, and its process may be replaced at this moment.
        if (!TryTake(peer))
        {
            return;
        }

        try
        {
            if (cluster[peer].HasEnded)
            {
                Interlocked.Increment(ref _endedByThemselves);
                say($"{peer} has ended by itself, exit code {await cluster[peer].EndsAsync()}");
                await StartAsync(peer);
            }
        }
        finally
        {
            Release(peer);
        }
    }

    private async Task<bool> PerformAsync(Fault fault, CancellationToken stop)
    {
        if (fault.Kind == FaultKind.FullDisk && smallDisk is null)
        {
            return true;
        }

        if (await TakeAsync(fault, stop) is not { } peer)
        {
            return false;
        }

        try
        {
            var watch = Stopwatch.StartNew();
            say($"{peer}: {fault.Kind}, for {fault.Length.TotalSeconds:0.0} s");
            await PerformAsync(fault, peer);
            _performed.AddOrUpdate(fault.Kind, 1, static (_, count) => count + 1);
            say($"{peer}: back from {fault.Kind} after {watch.Elapsed.TotalSeconds:0.0} s");
            return true;
        }
        finally
        {
            Release(peer);
        }
    }

    private async Task PerformAsync(Fault fault, string peer)
    {
        var silo = cluster[peer];
        switch (fault.Kind)
        {
            case FaultKind.Pause:
                silo.Pause();
                await Task.Delay(fault.Length);
                silo.Continue();
                await Task.Delay(EvictionShows);
                break;
            case FaultKind.Restart:
                await silo.StopAsync();
                break;
            case FaultKind.FullDisk:
                smallDisk!.Fill();
                await Task.Delay(fault.Length);
                smallDisk.Free();
                await silo.StopAsync();
                break;
            default:
                silo.Kill();
                await silo.EndsAsync();
                Damage(fault, peer);
                await Task.Delay(fault.Length);
                break;
        }

        if (silo.HasEnded)
        {
            await StartAsync(peer);
        }
    }

    private void Damage(Fault fault, string peer)
    {
        var data = cluster.Layout.Find(peer)!.DataDirectory;
        if (fault.Kind == FaultKind.Wipe)
        {
            DiskDamage.Wipe(data);
        }
        else if (fault.Kind == FaultKind.FlippedBytes)
        {
            say($"{peer}: {DiskDamage.FlipBytes(data, new Random(fault.Seed))} bytes flipped");
        }
    }

    private async Task StartAsync(string peer)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await cluster.RestartAsync(peer);
                await load.UseAsync(peer);
                return;
            }
            catch (Exception e) when (attempt < Starts)
            {
                // Its neighbours are in trouble too: what it needs to start may be away.
                say($"{peer}: start {attempt} failed: {e.Message}");
            }
        }
    }

    /// <summary>The peer of a fault, or the next one that is in no trouble; only that very one when its disk is concerned.</summary>
    private async Task<string?> TakeAsync(Fault fault, CancellationToken stop)
    {
        var peers = cluster.Layout.Peers;
        var choices = fault.Kind is FaultKind.Wipe or FaultKind.FlippedBytes or FaultKind.FullDisk ? 1 : peers.Length;
        while (!stop.IsCancellationRequested)
        {
            for (var i = 0; i < choices; i++)
            {
                var peer = peers[(fault.Peer + i) % peers.Length].Id.Value;
                if (TryTake(peer))
                {
                    return peer;
                }
            }

            await Task.Delay(Look, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return null;
    }

    private bool TryTake(string peer)
    {
        lock (_inTrouble)
        {
            return _inTrouble.Add(peer);
        }
    }

    private void Release(string peer)
    {
        lock (_inTrouble)
        {
            _inTrouble.Remove(peer);
        }
    }
}
