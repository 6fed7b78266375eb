using AllData.Protocol.Puts;

namespace AllData.Tests.Unit.Protocol;

public sealed class ReplacementBudgetTests
{
    [Fact]
    public void A_full_burst_can_be_spent_and_then_nothing()
    {
        var budget = new ReplacementBudget(percent: 10, burst: 3);

        Assert.Equal(3, Spend(budget, wishes: 10));
    }

    [Fact]
    public void Ten_percent_of_the_replica_writes_may_be_replaced_in_the_long_run()
    {
        var budget = new ReplacementBudget(percent: 10, burst: 3);
        var replaced = 0;
        for (var i = 0; i < 1_000; i++)
        {
            budget.OnReplicaWrite();
            replaced += Spend(budget, wishes: 1);
        }

        Assert.Equal(102, replaced); // the burst, but for the share that did not fit into it, and a tenth
    }

    [Fact]
    public void No_more_than_the_burst_is_saved_up()
    {
        var budget = new ReplacementBudget(percent: 50, burst: 2);
        for (var i = 0; i < 1_000; i++)
        {
            budget.OnReplicaWrite();
        }

        Assert.Equal(2, Spend(budget, wishes: 10));
    }

    [Fact]
    public void Without_a_share_or_a_burst_nothing_is_replaced() =>
        Assert.Equal(0, Spend(new ReplacementBudget(percent: 0, burst: 0), wishes: 5));

    [Fact]
    public void Several_threads_never_spend_more_than_there_is()
    {
        var budget = new ReplacementBudget(percent: 0, burst: 10_000);
        var spent = 0;

        Parallel.For(0, 8, _ => Interlocked.Add(ref spent, Spend(budget, wishes: 3_000)));

        Assert.Equal(10_000, spent);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(101, 0)]
    [InlineData(0, -1)]
    public void Impossible_numbers_are_refused(int percent, int burst) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReplacementBudget(percent, burst));

    private static int Spend(ReplacementBudget budget, int wishes) => Enumerable.Range(0, wishes).Count(_ => budget.TryTake());
}
