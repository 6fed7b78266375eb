using AllData.Silo.Hosting;

namespace AllData.Tests.Unit.Silo;

public sealed class ConnectionBudgetTests
{
    [Theory]
    [InlineData(1_024, 0)]
    [InlineData(1_024, 2)]
    [InlineData(4_096, 1)]
    [InlineData(640, 0)]
    [InlineData(640, 2)]
    public void All_ports_together_leave_the_silo_what_it_needs_itself_also_while_each_refuses_one(int descriptors, int peerPorts)
    {
        var budget = ConnectionBudget.Of(descriptors, peerPorts);

        Assert.InRange(budget.Http + ((2 + peerPorts) * budget.Port) + 3 + peerPorts, 4, descriptors - ConnectionBudget.Own);
        Assert.Null(ConnectionBudget.ComplaintOf(descriptors));
    }

    [Fact]
    public void Where_there_is_room_or_no_limit_there_is_a_place_for_what_is_wanted_by_default()
    {
        Assert.InRange(ConnectionBudget.Of(20_000, 0).Http, 4_096, 20_000);
        Assert.InRange(ConnectionBudget.Of(null, 2).Http, 4_096, int.MaxValue);
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
