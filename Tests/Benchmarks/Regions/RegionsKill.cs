using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>
/// kill -9 of both silos of west, then of the silo that hosts north's registry, under load: the other clusters do not notice beyond the link.
/// </summary>
internal sealed class RegionsKill(RunLog log, string[] args)
{
    private const string Dead = "west";
    private const string Beheaded = "north";

    private readonly TimeSpan _bound = RegionsRun.BoundOf(args);
    private readonly TimeSpan _quiet = RegionsRun.SecondsOf(args, "--quiet", 20);
    private readonly TimeSpan _down = RegionsRun.SecondsOf(args, "--seconds", 60);
    private readonly RegionsVerdict _verdict = new("kill");

    /// <summary>Runs it; 1 when something was not seen.</summary>
    public async Task<int> RunAsync()
    {
        await using var run = await RegionsRun.StartAsync(log, args, LoadedCluster.Number(args, "--rate", 1_000));
        await run.PhaseAsync("quiet", _quiet);
        await KillRegionAsync(run);
        await KillRegistryAsync(run);

        await run.Loads.PauseAsync();
        var end = await run.ConvergeAsync(_bound);
        _verdict.Judge("in the end, audits are strict in every cluster", end.IsComplete, $"{end}");
        await run.ReadBackAsync(_verdict);
        await run.StopAsync();
        Judge([.. run.Loads.Figures]);
        return _verdict.Print(log);
    }

    private async Task KillRegionAsync(RegionsRun run)
    {
        var (silos, peers) = (run.Store.Silos, run.Store.PeersOf(Dead).Select(static peer => peer.Id.Value).ToList());
        run.Loads.Begin("region dead");
        peers.ForEach(peer => silos[peer].Kill());
        log.Say($"{string.Join(" and ", peers)} are killed");
        await Task.WhenAll(run.Loads.PauseAsync(Dead), Task.Delay(_down));

        await Task.WhenAll(peers.Select(silos.RestartAsync));
        await run.Clients.ReconnectAsync(Dead);
        await run.Loads.BeginAgainAsync(Dead, "region back");
        run.Loads.Begin("region back");
        log.Say($"{string.Join(" and ", peers)} run again");
        var convergence = await run.ConvergeAsync(_bound);
        _verdict.Judge($"after {Dead} was dead it comes together by itself", convergence.IsComplete, $"{convergence}");
        _verdict.Note("region", convergence);
    }

    private async Task KillRegistryAsync(RegionsRun run)
    {
        var host = await RegistryHost.FindAsync(run.Store, run.Clients, Beheaded);
        run.Loads.Begin("registry's silo dead");
        run.Store.Silos[host.Id.Value].Kill();
        log.Say($"{host.Id}, which hosts the registry of {Beheaded}, is killed");
        await Task.Delay(_down);

        await run.Store.Silos.RestartAsync(host.Id.Value);
        run.Loads.Begin("registry's silo back");
        log.Say($"{host.Id} runs again");
        var convergence = await run.ConvergeAsync(_bound);
        _verdict.Judge($"after {Beheaded} lost its registry's silo it comes together by itself", convergence.IsComplete, $"{convergence}");
        _verdict.Note("registry", convergence);
    }

    private void Judge(List<(string Cluster, PhaseFigures Figures)> phases)
    {
        _verdict.Note(log, "phases", phases);
        _verdict.Judge("every failure is typed", phases.TrueForAll(static p => p.Figures.Untyped == 0), $"{phases.Sum(static p => p.Figures.Untyped)} are not");

        // West's own clients are not judged while all its silos are dead, nor after: their last puts are answered then.
        JudgeOthers(phases, "region", Dead);
        JudgeOthers(phases, "registry's silo", Beheaded);
        var own = phases.Where(static p => p.Cluster == Beheaded && p.Figures.Phase.StartsWith("registry's silo", StringComparison.Ordinal))
            .Sum(static p => p.Figures.Failed);
        _verdict.Judge($"puts into {Beheaded} itself go on through its other silo", own == 0, $"{own} failed");
    }

    private void JudgeOthers(List<(string Cluster, PhaseFigures Figures)> phases, string what, string cluster)
    {
        var others = phases.Where(p => p.Cluster != cluster && p.Figures.Phase.StartsWith(what, StringComparison.Ordinal)).ToList();
        var failed = others.Sum(static p => p.Figures.Failed + p.Figures.NotSent);
        _verdict.Judge($"{what} of {cluster} dead: no put into the other clusters fails", failed == 0, $"{failed} failed");
    }
}
