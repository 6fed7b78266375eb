using System.Collections.Immutable;
using AllData.Reports;

namespace AllData.Client.Bench;

/// <summary>The cost of a run.</summary>
/// <param name="ClientCpu">Processor time of this process.</param>
/// <param name="SilosCpu">Processor time of all silos together; null when they could not be asked.</param>
/// <param name="SiloMemoryBytes">Largest working set that a silo has shown, bytes; null when none could be asked.</param>
/// <param name="Replacements">Replicas sent to another peer than first meant; null when none could be asked.</param>
internal sealed record Usage(TimeSpan ClientCpu, TimeSpan? SilosCpu, long? SiloMemoryBytes, long? Replacements);

/// <summary>Looks at processor time and memory while a run is in progress.</summary>
/// <param name="reports">The silos; null when there is no way to ask them.</param>
/// <param name="time">The clock.</param>
internal sealed class UsageWatch(ClusterReports? reports, TimeProvider time)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private long _memory;

    /// <summary>Runs the work and measures meanwhile.</summary>
    public async Task<Usage> RunAsync(Func<Task> work, CancellationToken cancellation)
    {
        var before = await LookAsync(cancellation);
        var ownBefore = Environment.CpuUsage.TotalTime;
        using var timer = new PeriodicTimer(Period, time);
        var running = work();
        while (await Task.WhenAny(running, timer.WaitForNextTickAsync(cancellation).AsTask()) != running && !cancellation.IsCancellationRequested)
        {
            await LookAsync(cancellation);
        }

        await running;
        var own = Environment.CpuUsage.TotalTime - ownBefore;
        var after = await LookAsync(cancellation);
        return after.IsEmpty
            ? new Usage(own, null, null, null)
            : new Usage(
                own, TimeSpan.FromTicks(Rise(before, after, static r => r.Process.CpuTime.Ticks)), _memory, Rise(before, after, static r => r.Replacements));
    }

    private async Task<ImmutableArray<PeerReport>> LookAsync(CancellationToken cancellation)
    {
        if (reports is null)
        {
            return [];
        }

        var now = await reports.GetAsync(cancellation);
        _memory = now.Select(static r => r.Process.WorkingSetBytes).Append(_memory).Max();
        return now;
    }

    // Only of silos that were there before and after: a silo that was restarted meanwhile counts from zero.
    private static long Rise(ImmutableArray<PeerReport> before, ImmutableArray<PeerReport> after, Func<PeerReport, long> of)
    {
        var earlier = before.ToDictionary(static r => r.Peer, of);
        return after.Sum(r => earlier.TryGetValue(r.Peer, out var then) ? Math.Max(of(r) - then, 0) : 0);
    }
}
