using AllData.Protocol.Puts;

namespace AllData.Tests.Unit.Protocol;

/// <summary>A budget of replacements that a test decides about; without its word there is always one left.</summary>
internal sealed class ScriptedBudget : IReplacementBudget
{
    private bool _refusesNext;

    public bool TryTake()
    {
        var allows = !_refusesNext;
        _refusesNext = false;
        return allows;
    }

    /// <summary>Decides about the first replacement that is requested in a step.</summary>
    public T For<T>(bool allows, Func<T> step)
    {
        _refusesNext = !allows;
        var result = step();
        _refusesNext = false;
        return result;
    }
}
