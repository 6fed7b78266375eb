using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Client.Connection;
using AllData.Intervals;
using AllData.Peers;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>Silos, each a process, that seal intervals of five minutes by themselves, with one clock that can be set ahead.</summary>
internal sealed class SealedSilos : IAsyncDisposable
{
    /// <summary>The shortest interval that a store may have.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(5);

    // Longer than a put may take, and than the clocks seem to differ for a moment when one silo has heard of more steps than another.
    private static readonly TimeSpan CloseDelay = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CommandBound = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan ReportBound = TimeSpan.FromSeconds(15);

    private static readonly string[] Settings =
    [
        $"--AllData:IntervalLength={Length:c}", "--AllData:Sealing:Enabled=true", "--AllData:Sealing:Settle=00:00:00", "--AllData:Sealing:Check=00:00:01",
        "--AllData:Sealing:Patience=00:01:00", "--AllData:Maintenance:CloseCheck=00:00:01", $"--AllData:Maintenance:CloseDelay={CloseDelay:c}",

        // A clock that was set ahead is believed at once, where most clocks agree.
        "--AllData:Maintenance:ClockTrust=00:00:00.001",

        // Damage is looked for all the time, and no peer takes another one's place for good.
        "--AllData:Maintenance:ScrubPause=00:00:05", "--AllData:Repair:GracePeriod=1.00:00:00",
    ];

    private SealedSilos(LocalClusterProcesses processes, SharedClock clock, RunLog log)
    {
        (Processes, Clock, Log) = (processes, clock, log);
        Directory.CreateDirectory(Files);
    }

    /// <summary>The processes.</summary>
    public LocalClusterProcesses Processes { get; }

    /// <summary>The clock of all silos.</summary>
    public SharedClock Clock { get; }

    /// <summary>What the run says.</summary>
    public RunLog Log { get; }

    /// <summary>The peers.</summary>
    public ImmutableArray<LocalClusterPeer> Peers => Processes.Layout.Peers;

    /// <summary>Where the files of a verifier are.</summary>
    public string Files => Path.Combine(Processes.Layout.Data, "verifier");

    /// <summary>The interval of this moment.</summary>
    public Interval Present => Interval.Containing(Clock.UnixMilliseconds, Length);

    /// <summary>Starts them.</summary>
    /// <param name="peers">How many.</param>
    /// <param name="log">Takes what is said.</param>
    /// <param name="settings">More settings, in the place of those above.</param>
    public static async Task<SealedSilos> StartAsync(int peers, RunLog log, params string[] settings)
    {
        SharedClock? clock = null;
        var processes = await LocalClusterProcesses.StartAsync(
            StandIns.Program(ShiftedSilo.Command), peers, layout => clock = SharedClock.Create(ShiftedSilo.FileOf(layout)),
            [.. Settings, .. settings]);
        return new SealedSilos(processes, clock!, log);
    }

    /// <summary>From when on an interval can be sealed, milliseconds since 1970 UTC.</summary>
    public static long CloseOf(Interval interval) => interval.Next.EndUnixMilliseconds + (long)CloseDelay.TotalMilliseconds;

    /// <summary>Connects to the silos that run.</summary>
    public Task<IClusterConnection> ConnectAsync() => StoreClients.ConnectAsync(Peers.Where(peer => !Processes[peer.Id.Value].HasEnded));

    /// <summary>Runs the <c>alldata</c> program, through the gateways of the silos that run.</summary>
    public async Task<ProgramRun> TellAsync(params string[] arguments)
    {
        var gateways = Peers.Where(peer => !Processes[peer.Id.Value].HasEnded).SelectMany(static p => new[] { "--gateway", $"127.0.0.1:{p.GatewayPort}" });
        return await ProgramRun.DotnetAsync(
            CommandBound, Files, [Repository.OutputOf("Client", "alldata.dll"), .. arguments, .. gateways, "--timeout", $"{CommandBound.TotalSeconds:0}"]);
    }

    /// <summary>Verifies an interval, and the log with the keys and the head that were seen before.</summary>
    public Task<ProgramRun> VerifyAsync(Interval interval) => TellAsync("verify", "--interval", $"{interval}", "--keys", "peers.keys", "--head", "log.head");

    /// <summary>Tries to seal an interval.</summary>
    public Task<ProgramRun> SealAsync(Interval interval, params string[] options) => TellAsync(["seal", "--interval", $"{interval}", .. options]);

    /// <summary>The conditions of the silos that answer, with their peers.</summary>
    public async Task<IReadOnlyList<(string Peer, SiloCondition Condition)>> ConditionsAsync(IGrainFactory grains)
    {
        var found = await Task.WhenAll(Peers.Select(peer => ConditionsAsync(grains, peer.Id)));
        return [.. found.SelectMany(static of => of)];
    }

    /// <summary>Stops all silos in good order.</summary>
    public Task StopAllAsync() => Processes.StopAllAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Processes.DisposeAsync();

    private static async Task<IEnumerable<(string Peer, SiloCondition Condition)>> ConditionsAsync(IGrainFactory grains, PeerId peer)
    {
        try
        {
            var report = await grains.GetReplica(peer).GetReport().WaitAsync(ReportBound);
            return report.Conditions.Select(condition => (peer.Value, condition));
        }
        catch (Exception)
        {
            return [];
        }
    }
}
