using System.Globalization;
using AllData.Client.Connection;
using AllData.Events;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>What readers that follow cost puts: six silos under load, without readers and with them, in turn.</summary>
internal sealed class FollowThroughput : IAsyncDisposable
{
    private const double Goal = 0.8;
    private const int EventBytes = 200;

    // {"key":"…","event":…} and the end of the line.
    private const int LineBytes = EventBytes + EventKey.TextLength + 20;

    // What clients have reserved and not used holds readers up: so long, at most.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);

    private readonly RunLog _log;
    private readonly LocalClusterProcesses _silos;
    private readonly IClusterConnection _connection;
    private readonly MeasuredLoad _load;
    private readonly TimeSpan _length;
    private readonly int _rounds;
    private readonly int _readers;
    private readonly string _query;

    private FollowThroughput(RunLog log, string[] args, LocalClusterProcesses silos, IClusterConnection connection)
    {
        (_log, _silos, _connection) = (log, silos, connection);
        (_length, _rounds) = (RegionsRun.SecondsOf(args, "--seconds", 15), LoadedCluster.Number(args, "--rounds", 3));
        _readers = LoadedCluster.Number(args, "--readers", 100);
        _query = Array.IndexOf(args, "--live") < 0 ? "" : "&mode=live";
        _load = new MeasuredLoad("client-single", 512, Goal, MeasuredStore.Singles(MeasuredStore.Clients([connection])));
    }

    /// <summary>Runs it; 1 when the goal was not reached.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        using var log = RunLog.Open(args);
        await using var silos = await LocalClusterProcesses.StartAsync(LocalClusterLayout.MaxPeers);
        await using var run = new FollowThroughput(log, args, silos, await StoreClients.ConnectAsync(silos.Layout.Peers));
        return await run.MeasureAsync();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private int[] Processes => [.. _silos.Silos.Select(static s => s.Pid)];

    private async Task<int> MeasureAsync()
    {
        await WarmUp.UntilSteadyAsync(() => _load.RunAsync(_length));
        var (without, with) = (new List<double>(), new List<double>());
        for (var round = 0; round < _rounds; round++)
        {
            without.Add(await MeasureAsync("without readers", readers: null));
            var before = MemoryOf();
            using var readers = CurlReaders.Start([.. _silos.Layout.Peers.Select(static p => p.HttpAddress)], _readers, _query);
            await Task.Delay(Settling);
            with.Add(await MeasureAsync(string.Create(CultureInfo.InvariantCulture, $"with {_readers} readers"), readers));
            _log.Say(string.Create(CultureInfo.InvariantCulture, $"memory of all silos: {before >> 20} MiB, with readers {MemoryOf() >> 20} MiB"));
        }

        return Judge(without, with);
    }

    private async Task<double> MeasureAsync(string what, CurlReaders? readers)
    {
        var (cpu, cpuOfReaders, bytes) = (CpuOf(), readers?.Cpu ?? default, readers?.Bytes ?? 0);
        var began = TimeProvider.System.GetTimestamp();
        var rate = await _load.RunAsync(_length);
        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        _log.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: {rate:N0} events/s put, {((readers?.Bytes ?? 0) - bytes) / LineBytes / seconds:N0} events/s given, processors: silos "
            + $"{(CpuOf() - cpu).TotalSeconds / seconds:0.00}, readers {((readers?.Cpu ?? default) - cpuOfReaders).TotalSeconds / seconds:0.00}"));
        return rate;
    }

    private TimeSpan CpuOf() => Processes.Aggregate(TimeSpan.Zero, static (sum, pid) => sum + ProcessFigures.CpuOf(pid));

    private long MemoryOf() => Processes.Sum(ProcessFigures.WorkingSetOf);

    private int Judge(List<double> without, List<double> with)
    {
        var (usual, now) = (MedianOf(without), MedianOf(with));
        var verdict = new RegionsVerdict("follow");
        verdict.Judge(
            string.Create(CultureInfo.InvariantCulture, $"with {_readers} readers at least {Goal} of the puts without"),
            now / usual >= Goal && _load.Failed == 0,
            string.Create(CultureInfo.InvariantCulture, $"{now:N0} and {usual:N0} events/s (medians of {_rounds}), {now / usual:0.00}; {_load.Failed} failed"));
        verdict.Note("rates", new { Without = without, With = with });
        return verdict.Print(_log);
    }

    private static double MedianOf(List<double> rates) => rates.Order().ElementAt(rates.Count / 2);
}
