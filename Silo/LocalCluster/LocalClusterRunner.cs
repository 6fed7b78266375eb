using System.Net;
using AllData.Security;
using AllData.Silo.Hosting;

namespace AllData.Silo.LocalCluster;

/// <summary>Starts the peers of a local cluster as processes, watches them, and stops them with itself.</summary>
/// <param name="layout">The cluster.</param>
/// <param name="commands">How a peer is started.</param>
/// <param name="program">What a peer runs.</param>
/// <param name="probe">How a peer is asked whether it is ready.</param>
/// <param name="output">What the user sees.</param>
/// <param name="time">The clock.</param>
internal sealed class LocalClusterRunner(
    LocalClusterLayout layout, PeerCommandLine commands, ChildProgram program, IReadinessProbe probe, LocalClusterOutput output,
    TimeProvider time)
{
    /// <summary>Longest time from the start until all peers are ready.</summary>
    public TimeSpan StartBound { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>Longest time that a peer may take to stop before it is ended.</summary>
    public TimeSpan StopBound { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Runs the cluster until it is stopped.</summary>
    /// <returns>The exit code: 0 when it was stopped, 1 when it could not start.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        var complaints = PortCheck.Complaints(IPAddress.Loopback, layout.Peers.SelectMany(peer => peer.Ports)).ToList();
        if (complaints.Count > 0)
        {
            complaints.ForEach(output.Alarm);
            output.Alarm("Nothing was started. End the other process, or choose other ports with --base-port.");
            return 1;
        }

        if (commands.VariablesForPerson is { Length: > 0 } variables)
        {
            output.Line($"Every user of this machine can read the arguments of a process: set {string.Join(" and ", variables)} in the environment instead.");
        }

        var peers = new List<SupervisedPeer>();
        try
        {
            foreach (var peer in layout.Peers)
            {
                peers.Add(new SupervisedPeer(peer, () => Start(peer, stop), output, time));
            }

            return await WatchAsync(peers, stop) ? 0 : 1;
        }
        finally
        {
            await StopAsync(peers);
        }
    }

    private PeerProcess Start(LocalClusterPeer peer, CancellationToken stop) => PeerProcess.Start(
        program, peer, commands.ForChild(peer), commands.EnvironmentForChild, new PeerLog(peer, line => EchoUnlessStopping(line, stop), time));

    // Complaints of peers that are being stopped are of no interest to the user; the log files have them.
    private void EchoUnlessStopping(string line, CancellationToken stop)
    {
        if (!stop.IsCancellationRequested)
        {
            output.Echo(line);
        }
    }

    private async Task<bool> WatchAsync(List<SupervisedPeer> peers, CancellationToken stop)
    {
        if (!await new LocalClusterStart(peers, probe, output, time).WaitAsync(StartBound, stop))
        {
            return stop.IsCancellationRequested;
        }

        Announce(peers);
        peers.ForEach(peer => _ = ReportDeathAsync(peer, stop));
        await UntilStopped(stop);
        return true;
    }

    private void Announce(List<SupervisedPeer> peers)
    {
        if (layout.Shortage is { } sentence)
        {
            output.Line(sentence);
        }

        output.Line(layout.Clusters == 1 ? "cluster ready"
            : $"{Clusters.Count()} {(Clusters.Count() == 1 ? "cluster" : "clusters")} ready: {string.Join("; ", ClusterNames)}");
        output.Table(peers);
        SayHowToReach();
        output.Line($"To start a peer again alone{Condition}:");
        peers.ForEach(peer => output.Line($"  {CommandFor(peer.Peer)}"));
        output.Line("Ctrl+C stops all of them.");
    }

    private async Task ReportDeathAsync(SupervisedPeer peer, CancellationToken stop)
    {
        var code = await peer.Ended;
        if (!stop.IsCancellationRequested)
        {
            output.Alarm(
                $"{peer.Peer.Id} (pid {peer.Pid}) ended with exit code {code}; the others go on. Its log: {peer.Peer.LogFile}");
            output.Line($"  {CommandFor(peer.Peer)}");
            if (Condition.Length > 0)
            {
                output.Line($"  That works{Condition}.");
            }
        }
    }

    private async Task StopAsync(List<SupervisedPeer> peers)
    {
        await Task.WhenAll(peers.Select(async peer =>
        {
            if (!await peer.StopAsync(StopBound))
            {
                output.Alarm($"{peer.Peer.Id} (pid {peer.Pid}) did not stop within {StopBound.TotalSeconds} s and was ended.");
            }

            await peer.Ended;
            peer.Dispose();
        }));
        output.Line("All peers have stopped.");
    }

    private static string ClientCommand =>
        PeerCommandLine.IsRepository(Environment.CurrentDirectory) ? "dotnet run -c Release --project Client --" : "alldata";

    /// <summary>What the printed commands need: secrets are not printed with them.</summary>
    private string Condition => commands.VariablesForPerson is { Length: > 0 } variables
        ? $", with {string.Join(" and ", variables)} set in the environment to what this cluster was given"
        : "";

    private IEnumerable<IGrouping<string?, LocalClusterPeer>> Clusters => layout.Peers.GroupBy(static peer => peer.Cluster);

    private IEnumerable<string> ClusterNames => Clusters.Select(static c => $"{c.Key} ({string.Join(", ", c.Select(static peer => peer.Id))})");

    private void SayHowToReach()
    {
        if (layout.Clusters > 1)
        {
            SayHowToReachEach();
            return;
        }

        // At the usual ports the client finds it by itself, but for its certificate.
        var gateways = layout.Peers.Select(static peer => $"127.0.0.1:{peer.GatewayPort}").ToList();
        if (layout.BasePort != LocalClusterLayout.DefaultBasePort && !layout.IsSecure)
        {
            output.Line("To let the client find it, in this shell or for good:");
            output.Line($"  export ALLDATA_GATEWAYS={string.Join(',', gateways)}");
            output.Line($"  {ClientCommand} context add local-{layout.BasePort} {string.Join(' ', gateways.Select(static g => $"--gateway {g}"))}");
        }
        else if (layout.IsSecure)
        {
            output.Line("To let the client find it, with a certificate that may do everything:");
            output.Line($"  {ClientCommand} context add secure{SuffixOfPort} {string.Join(' ', gateways.Select(static g => $"--gateway {g}"))}{Identity}");
            output.Line("To put an event with curl:");
            output.Line($"  curl {CurlOptions} -d '1' {layout.Peers[0].HttpAddress}");
        }
    }

    // A client is connected to one cluster: they have a registry each.
    private void SayHowToReachEach()
    {
        output.Line("To let the client find one of them, for good:");
        foreach (var cluster in Clusters)
        {
            var gateways = string.Join(' ', cluster.Select(static peer => $"--gateway 127.0.0.1:{peer.GatewayPort}"));
            output.Line($"  {ClientCommand} context add {cluster.Key}{SuffixOfPort} {gateways}{Identity}");
        }

        output.Line($"What they have in common: {layout.FederationFile}");
    }

    // What a client of a secure cluster needs besides.
    private string Identity => layout.IsSecure ? $" {layout.Certificates.ClientOptionsOf(LocalClusterLayout.Admin)}" : "";

    private string CurlOptions => $"--cacert {ShellText.Quote(layout.Certificates.CertificateOf(CertificateDirectory.SiloAuthority))} "
        + $"--cert {ShellText.Quote(layout.Certificates.CertificateOf(LocalClusterLayout.Admin))} "
        + $"--key {ShellText.Quote(layout.Certificates.KeyOf(LocalClusterLayout.Admin))}";

    private string SuffixOfPort => layout.BasePort == LocalClusterLayout.DefaultBasePort ? "" : $"-{layout.BasePort}";

    private string CommandFor(LocalClusterPeer peer) =>
        commands.ForPerson(peer, program, PeerCommandLine.IsRepository(Environment.CurrentDirectory));

    private static async Task UntilStopped(CancellationToken stop)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stop.Register(() => stopped.TrySetResult());
        await stopped.Task;
    }
}
