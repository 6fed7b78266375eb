using System.Reflection;

namespace AllData.Tests.Support;

/// <summary>
/// Stands in for an interface at run time. A class in this assembly that implemented a grain interface would be taken for a second
/// grain of that kind by every test cluster.
/// </summary>
public class GrainStub : DispatchProxy
{
    private Func<MethodInfo, object?[], object?>? _answer;

    /// <summary>Makes a stub that answers every call by the function.</summary>
    public static T Of<T>(Func<MethodInfo, object?[], object?> answer)
        where T : class
    {
        var stub = Create<T, GrainStub>();
        ((GrainStub)(object)stub)._answer = answer;
        return stub;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _answer!(targetMethod!, args ?? []);
}
