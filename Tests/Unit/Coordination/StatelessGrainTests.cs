using System.Reflection;
using AllData.Coordination;
using Orleans.Concurrency;

namespace AllData.Tests.Unit.Coordination;

/// <summary>The grains that clients reach by any of a thousand keys.</summary>
public sealed class StatelessGrainTests
{
    [Fact]
    public void None_has_a_timer_that_looks_for_idle_workers_and_all_have_as_many_workers_as_there_are_processors()
    {
        var grains = typeof(PutCoordinatorGrain).Assembly.GetTypes()
            .Where(static t => t.GetCustomAttribute<StatelessWorkerAttribute>() is not null).ToList();

        Assert.Contains(typeof(PutCoordinatorGrain), grains);
        Assert.All(grains, static grain =>
        {
            var properties = new Dictionary<string, string>();
            grain.GetCustomAttribute<StatelessWorkerAttribute>()!.Populate(null!, grain, default, properties);

            Assert.Equal(bool.FalseString, properties["remove-idle-workers"]);
            Assert.Equal($"{Environment.ProcessorCount}", properties["max-local-instances"]);
        });
    }
}
