using System.Diagnostics;
using System.Globalization;
using AllData.Certificates;
using AllData.Client.Connection;
using AllData.Intervals;

namespace AllData.Benchmarks;

/// <summary>What it costs to seal an interval of many events while puts go on, and to verify it.</summary>
internal sealed class SealingCost
{
    private const int Silos = 6;
    private const int Events = 1_000_000;
    private const double Goal = 0.95;

    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(8);
    private static readonly TimeSpan UntilPuts = TimeSpan.FromSeconds(30);

    // A million events are read by six silos while puts take all that the machine has; and nothing else than sealing reads meanwhile.
    private static readonly string[] Settings = ["--AllData:Sealing:Patience=00:10:00", "--AllData:Maintenance:ScrubPause=06:00:00"];

    private readonly SealedSilos _silos;
    private readonly RunLog _log;
    private readonly IClusterConnection _connection;
    private readonly MeasuredLoad _load;
    private readonly int[] _processes;

    private SealingCost(SealedSilos silos, IClusterConnection connection, RunLog log)
    {
        (_silos, _connection, _log) = (silos, connection, log);
        _load = new MeasuredLoad("batch", MeasuredStore.Batch, Goal, MeasuredStore.Batches([connection]));
        _processes = [.. silos.Processes.Silos.Select(static silo => silo.Pid)];
    }

    /// <summary>Runs it; 1 when the goal was not reached.</summary>
    public static async Task<int> RunAsync(RunLog log, string[] args, CancellationToken stop)
    {
        await using var silos = await SealedSilos.StartAsync(Silos, log, Settings).WaitAsync(stop);
        await using var connection = await silos.ConnectAsync();
        return await new SealingCost(silos, connection, log).RunAsync(LoadedCluster.Number(args, "--events", Events), stop);
    }

    private async Task<int> RunAsync(int events, CancellationToken stop)
    {
        await SetAheadAsync(_silos.Present.EndUnixMilliseconds);
        var interval = _silos.Present;
        for (var put = 0.0; put < events; put += await _load.RunAsync(Slice) * Slice.TotalSeconds)
        {
            stop.ThrowIfCancellationRequested();
        }

        _log.Say($"interval {interval} is full");
        var close = SealedSilos.CloseOf(interval);
        await SetAheadAsync(close - (long)(UntilPuts + Quiet).TotalMilliseconds);
        var before = await PutAsync(() => Task.FromResult(false), Quiet, stop);
        await PutAsync(() => Task.FromResult(_silos.Clock.UnixMilliseconds > close), Bound, stop);
        _log.Say("it can be sealed");
        CertifiedInterval? certified = null;
        var during = await PutAsync(async () => (certified = await FindAsync(interval)) is not null, Bound, stop);
        var after = await PutAsync(() => Task.FromResult(false), Quiet, stop);
        if (certified is null)
        {
            _log.Say($"interval {interval} was not sealed within {Bound}");
            return 1;
        }

        var watch = Stopwatch.StartNew();
        var verified = await _silos.VerifyAsync(interval);
        return Judge(certified, (before, during, after), verified.ExitCode == 0, watch.Elapsed);
    }

    // Silos refuse puts until they have heard that the clocks of the others were set ahead, too.
    private async Task SetAheadAsync(long unixMilliseconds)
    {
        _silos.Clock.AdvanceTo(unixMilliseconds);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < UntilPuts;)
        {
            await _load.RunAsync(Slice);
        }
    }

    private int Judge(CertifiedInterval certified, (Stretch Before, Stretch During, Stretch After) puts, bool isVerified, TimeSpan verifying)
    {
        var usual = (puts.Before.EventsPerSecond + puts.After.EventsPerSecond) / 2;
        var cpuOfPut = (puts.Before.Cpu + puts.After.Cpu) / (puts.Before.Events + puts.After.Events);
        var cpu = (puts.During.Cpu - (cpuOfPut * puts.During.Events)) / certified.Events;
        var ratio = puts.During.EventsPerSecond / usual;
        Print($"sealed      {certified.Events:N0} events, {certified.State}, within {puts.During.Length.TotalSeconds:0.0} s");
        Print($"            {cpu.TotalMicroseconds:0.00} µs of processor time an event at all {Silos} silos together, beyond that of the puts meanwhile");
        Print($"puts        {usual:N0} events/s before and after, {puts.During.EventsPerSecond:N0} meanwhile: {ratio:0.00}");
        Print($"largest silo {puts.Before.Memory >> 20} MiB before, {puts.During.Memory >> 20} meanwhile, {puts.After.Memory >> 20} after");
        Print($"verify      {(isVerified ? "well" : "NOT WELL")}, {verifying.TotalSeconds:0.0} s");
        Print($"verdict     {(ratio >= Goal && isVerified ? "well" : "NOT WELL")} (goal: {Goal} of the puts)");
        return ratio >= Goal && isVerified ? 0 : 1;
    }

    private void Print(FormattableString line) => _log.Print(line.ToString(CultureInfo.InvariantCulture));

    private async Task<CertifiedInterval?> FindAsync(Interval interval) =>
        await _connection.Grains.GetCertificates().GetSealed(interval, 1) is [var one] && one.Interval == interval ? one : null;

    private async Task<Stretch> PutAsync(Func<Task<bool>> isOver, TimeSpan atMost, CancellationToken stop)
    {
        await using var memory = new MemoryWatch(_processes);
        var (watch, cpu, events) = (Stopwatch.StartNew(), Cpu(), 0.0);
        while (watch.Elapsed < atMost && !await isOver())
        {
            stop.ThrowIfCancellationRequested();
            var slice = Stopwatch.StartNew();
            events += await _load.RunAsync(Slice) * slice.Elapsed.TotalSeconds;
        }

        var length = watch.Elapsed;
        memory.Mark();
        return new Stretch(length, events, Cpu() - cpu, memory.Last);
    }

    private TimeSpan Cpu() => _processes.Aggregate(TimeSpan.Zero, static (sum, pid) => sum + ProcessFigures.CpuOf(pid));

    /// <summary>Some time of puts.</summary>
    private sealed record Stretch(TimeSpan Length, double Events, TimeSpan Cpu, long Memory)
    {
        public double EventsPerSecond => Events / Length.TotalSeconds;
    }
}
