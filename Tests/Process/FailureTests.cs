using AllData.Tests.Support;
using Xunit.Abstractions;

namespace AllData.Tests.Processes;

/// <summary>Puts while silos die, hang and come back.</summary>
[Collection(ProcessTests.Name)]
public sealed class FailureTests(ITestOutputHelper output)
{
    private const int InFlight = 64;
    private const string Killed = "west-c";
    private const string Paused = "east-e";

    [Fact]
    public async Task Puts_at_quorum_succeed_while_one_silo_is_killed_and_another_hangs_and_no_healthy_one_is_declared_dead()
    {
        await using var cluster = await LocalClusterProcesses.StartAsync(6);
        var record = new LoadRecord();
        await using (var load = await LoadDriver.StartAsync(cluster.Layout.Peers, InFlight, record))
        {
            await load.AcknowledgesAsync("before anything fails", TestSizes.PhaseAcknowledgements);
            await KillAsync(cluster, load);
            await HangAsync(cluster, load);
            await ReturnAsync(cluster, load);
            var dead = await SiloMembership.DeadAsync(load.Grains);
            await load.StopAsync();
            Report(record, dead);

            Assert.Empty(dead.Except([Killed, Paused]));
            Assert.All(cluster.Silos, silo => Assert.False(silo.HasEnded, silo.Tail()));

            // A key of the silo that died is not put blindly while its copies may lie on the two that do not answer.
            Assert.DoesNotContain(record.FailuresBeside(Killed, Paused), static failure => !failure.IsUndecided);
            Assert.Empty(record.GivenUp);
            Assert.Empty(record.IssuedTwice);
        }

        Assert.All(await cluster.StopAllAsync(), code => Assert.Equal(0, code));
        Acknowledged.AreKept(record, await ReplicaCensus.TakeAsync(cluster.Layout), output);
    }

    private async Task KillAsync(LocalClusterProcesses cluster, LoadDriver load)
    {
        cluster[Killed].Kill();
        await load.AcknowledgesAsync("right after a silo was killed", TestSizes.PhaseAcknowledgements);
        output.WriteLine($"killed silo declared dead {(await SiloMembership.DeclaresDeadAsync(load, Killed)).TotalSeconds:0.0} s after these");
        await load.AcknowledgesAsync("after its death is known", TestSizes.PhaseAcknowledgements);
    }

    private async Task HangAsync(LocalClusterProcesses cluster, LoadDriver load)
    {
        cluster[Paused].Pause();
        await load.AcknowledgesAsync("right after a silo was paused", TestSizes.PhaseAcknowledgements);
        output.WriteLine($"paused silo declared dead {(await SiloMembership.DeclaresDeadAsync(load, Paused)).TotalSeconds:0.0} s after these");
        await load.AcknowledgesAsync("after its death is known", TestSizes.PhaseAcknowledgements);
    }

    private static async Task ReturnAsync(LocalClusterProcesses cluster, LoadDriver load)
    {
        // It finds itself declared dead and ends, so that only its successor writes to its data.
        cluster[Paused].Continue();
        await cluster[Paused].EndsAsync();
        await Task.WhenAll(cluster.RestartAsync(Paused), cluster.RestartAsync(Killed));
        await load.UseAsync(Paused);
        await load.UseAsync(Killed);
        await load.AcknowledgesAsync("after both have returned", TestSizes.PhaseAcknowledgements);
    }

    private void Report(LoadRecord record, string[] dead)
    {
        output.WriteLine(
            $"{record.Count} acknowledged, {InFlight} in flight; longest pause in acknowledgements {record.LongestPause.TotalSeconds:0.00} s; declared dead: "
            + $"{string.Join(", ", dead)}, of them healthy: {dead.Except([Killed, Paused]).Count()}");
        foreach (var group in record.Failures.GroupBy(failure => $"{failure.Gateway}: {failure.Error.GetType().Name}"))
        {
            output.WriteLine($"failed and made again: {group.Count()} through {group.Key}, e.g. {group.First()}");
        }
    }
}
