using AllData.Silo.LocalCluster;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Silo;

public sealed class RestartBudgetTests
{
    [Fact]
    public void A_few_starts_are_allowed_after_growing_pauses_and_more_when_time_has_passed()
    {
        var time = new FakeTimeProvider();
        var budget = new RestartBudget(time);

        Assert.Equal([1, 2, 4, 8, 16], Enumerable.Range(0, RestartBudget.MaxRestarts).Select(_ => budget.Take()!.Value.Pause.TotalSeconds));
        Assert.Null(budget.Take());
        time.Advance(RestartBudget.Window + TimeSpan.FromSeconds(1));
        Assert.Equal((TimeSpan.FromSeconds(1), 1), budget.Take());
    }
}
