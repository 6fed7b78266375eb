using AllData.Coordination;
using AllData.Diagnostics;
using AllData.Errors;
using AllData.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Contracts;

/// <summary>Which grains let only errors of the contract out.</summary>
public sealed class ContractGrainTests
{
    [Fact]
    public void Every_grain_does_but_the_coordinator_whose_answers_are_errors_of_the_contract_already()
    {
        var grains = typeof(IContractGrain).Assembly.GetTypes().Where(static t => t.IsSubclassOf(typeof(Grain)) && !t.IsAbstract).ToList();

        Assert.True(grains.Count > 4);
        Assert.Equal([typeof(PutCoordinatorGrain)], grains.Where(static t => !t.IsAssignableTo(typeof(IContractGrain))));
    }

    [Fact]
    public async Task A_grain_translates_what_its_caller_could_not_read_and_nothing_else()
    {
        IContractGrain grain = new ExampleGrain();

        var store = await Assert.ThrowsAsync<ReplicaStoreException>(
            () => grain.Invoke(CallThat(new ReplicaStoreException("x.db cannot be read.", new SqliteException("malformed", 11)))));
        Assert.Null(store.InnerException);
        var known = new TooManyScansException(8);
        Assert.Same(known, await Assert.ThrowsAsync<TooManyScansException>(() => grain.Invoke(CallThat(known))));
    }

    private sealed class ExampleGrain : IContractGrain;

    private static IIncomingGrainCallContext CallThat(Exception thrown)
    {
        var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        var context = GrainStub.Of<IGrainContext>((_, _) => services);
        return GrainStub.Of<IIncomingGrainCallContext>((member, _) => member.Name switch
        {
            "Invoke" => Task.FromException(thrown),
            "get_TargetContext" => context,
            _ => "Read",
        });
    }
}
