using AllData.Tests.Support;
using Xunit.Abstractions;

namespace AllData.Tests.Processes;

/// <summary>Faults of every kind by a seeded schedule, under load; longer ones are run by the benchmarks program.</summary>
[Collection(ProcessTests.Name)]
public sealed class ChaosTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Nothing_acknowledged_is_lost_and_every_copy_comes_to_its_place_when_silos_are_killed_hung_wiped_filled_up_and_damaged()
    {
        var options = new ChaosOptions
        {
            Seed = TestSizes.ChaosSeed,
            Length = TimeSpan.FromSeconds(TestSizes.ChaosSeconds),
            PerSecond = 200,
            ConvergenceBound = TimeSpan.FromMinutes(4),
        };

        var verdict = await new ChaosRun(options, output.WriteLine).RunAsync();

        output.WriteLine(verdict.ToString());
        Assert.Equal(0, verdict.Lost);
        Assert.True(verdict.IsWell, verdict.ToString());
    }
}
