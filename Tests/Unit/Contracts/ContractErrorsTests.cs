using AllData.Diagnostics;
using AllData.Errors;
using AllData.Storage.Directories;
using Microsoft.Data.Sqlite;

namespace AllData.Tests.Unit.Contracts;

/// <summary>What a grain throws is a type that its callers have.</summary>
public sealed class ContractErrorsTests
{
    [Fact]
    public void A_failure_of_the_store_crosses_as_its_sentence()
    {
        var thrown = new ReplicaStoreException("x.db cannot be read.", new SqliteException("malformed", 11));
        Assert.False(ContractErrors.IsKnown(thrown));
        var told = Assert.IsType<ReplicaStoreException>(ContractErrors.Translate(thrown));
        Assert.Equal(("x.db cannot be read.", null), (told.Message, told.InnerException));
        Assert.True(ContractErrors.IsKnown(told));
    }

    [Fact]
    public void Every_exception_of_the_program_that_is_no_contract_crosses_as_an_unexpected_failure()
    {
        var own = typeof(ContractErrors).Assembly.GetTypes()
            .Where(static t => t.IsSubclassOf(typeof(Exception)))
            .SelectMany(static t => t.GetConstructors())
            .Where(static c => c.GetParameters() is [{ } message, .. var others] && message.ParameterType == typeof(string)
                && others.All(static o => o.HasDefaultValue))
            .ToList();
        Assert.Contains(typeof(DataDirectoryException), own.Select(static c => c.DeclaringType));
        foreach (var constructor in own)
        {
            var thrown = (Exception)constructor.Invoke(["why", .. constructor.GetParameters().Skip(1).Select(static o => o.DefaultValue)]);
            Assert.False(ContractErrors.IsKnown(thrown), thrown.GetType().Name);
            Assert.Contains("why", Assert.IsType<UnexpectedFailureException>(ContractErrors.Translate(thrown)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_callers_have_crosses_as_it_is()
    {
        Assert.True(ContractErrors.IsKnown(new TooManyScansException(8)));
        Assert.True(ContractErrors.IsKnown(new TimeoutException("late", new InvalidOperationException("inner"))));
        Assert.True(ContractErrors.IsKnown(new Orleans.Runtime.SiloUnavailableException("gone")));
        Assert.False(ContractErrors.IsKnown(new InvalidOperationException("outer", new SqliteException("malformed", 11))));
        Assert.False(ContractErrors.IsKnown(new AggregateException(new TimeoutException(), new SqliteException("malformed", 11))));
    }
}
