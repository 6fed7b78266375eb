namespace AllData.Security;

/// <summary>Counts what each caller has open at once. Safe for several threads.</summary>
/// <param name="limit">How much one caller may have open at once.</param>
internal sealed class CountsByCaller<TCaller>(int limit) where TCaller : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TCaller, Count> _counts = [];

    /// <summary>Counts one more, unless the caller has reached its number.</summary>
    /// <returns>Whether it is counted; and if not, whether it is the first refused since one of the caller's has ended.</returns>
    public (bool IsAdmitted, bool IsFirstRefusal) Enter(TCaller caller)
    {
        lock (_lock)
        {
            var count = _counts.GetValueOrDefault(caller);
            var isAdmitted = count.Open < limit;
            _counts[caller] = isAdmitted ? count with { Open = count.Open + 1 } : count with { IsTold = true };
            return (isAdmitted, !isAdmitted && !count.IsTold);
        }
    }

    /// <summary>One that was counted has ended.</summary>
    public void Leave(TCaller caller)
    {
        lock (_lock)
        {
            var open = _counts[caller].Open - 1;
            if (open == 0)
            {
                _counts.Remove(caller);
            }
            else
            {
                _counts[caller] = new Count(open, IsTold: false);
            }
        }
    }

    private readonly record struct Count(int Open, bool IsTold);
}
