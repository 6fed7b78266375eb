using AllData.Silo.Hosting;

namespace AllData.Tests.Unit.Silo;

public sealed class ConnectionBudgetTests
{
    [Theory]
    [InlineData(1_024)]
    [InlineData(4_096)]
    [InlineData(640)]
    public void All_ports_together_leave_the_silo_what_it_needs_itself(int descriptors)
    {
        var budget = ConnectionBudget.Of(descriptors, 4_096);

        Assert.InRange(budget.Http + budget.Gateway + budget.Silo, 4, descriptors - ConnectionBudget.Own);
        Assert.Null(ConnectionBudget.ComplaintOf(descriptors));
    }

    [Fact]
    public void What_is_wanted_is_taken_where_there_is_room_or_no_limit()
    {
        Assert.Equal(4_096, ConnectionBudget.Of(20_000, 4_096).Http);
        Assert.Equal(4_096, ConnectionBudget.Of(null, 4_096).Http);
        Assert.Equal(10, ConnectionBudget.Of(1_024, 10).Http);
    }

    [Fact]
    public void Too_few_to_be_of_use_are_refused_with_the_way_out() =>
        Assert.Contains("ulimit -n", ConnectionBudget.ComplaintOf(256));

    [Fact]
    public void The_limit_is_read_as_the_system_writes_it()
    {
        string[] limits =
        [
            "Limit                     Soft Limit           Hard Limit           Units     ",
            "Max processes             95949                95949                processes ",
            "Max open files            1024                 524288               files     ",
        ];

        Assert.Equal(1_024, DescriptorLimit.Parse(limits));
        Assert.Null(DescriptorLimit.Parse([limits[2].Replace("1024     ", "unlimited", StringComparison.Ordinal)]));
        Assert.Null(DescriptorLimit.Parse([]));
    }
}
