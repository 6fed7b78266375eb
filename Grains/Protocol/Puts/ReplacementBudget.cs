namespace AllData.Protocol.Puts;

/// <summary>Whether another peer may be asked in place of one that no caller waits for, or that pushed back.</summary>
internal interface IReplacementBudget
{
    /// <summary>Spends a replacement; false when the budget is used up.</summary>
    bool TryTake();
}

/// <summary>
/// Bounds how many replicas are moved to other peers when no caller waits for them or a peer pushed back: a share of the replica writes and a small
/// burst. Without it an overload would multiply itself, each full queue filling the next. Counts writes, not time. Safe for several
/// threads.
/// </summary>
internal sealed class ReplacementBudget : IReplacementBudget
{
    /// <summary>Replacements for a hundred replica writes, by default.</summary>
    public const int DefaultPercent = 10;

    /// <summary>Replacements that can be saved up, by default.</summary>
    public const int DefaultBurst = 20;

    private const int Replacement = 100;

    private readonly int _percent;
    private readonly int _full;
    private int _hundredths;

    /// <summary>Starts with a full burst.</summary>
    /// <param name="percent">Replacements for a hundred replica writes, 0 to 100. Default: 10.</param>
    /// <param name="burst">Replacements that can be saved up, 0 to 1,000,000. Default: 20.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public ReplacementBudget(int percent = DefaultPercent, int burst = DefaultBurst)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(percent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percent, 100);
        ArgumentOutOfRangeException.ThrowIfNegative(burst);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(burst, 1_000_000);
        _percent = percent;
        _full = burst * Replacement;
        _hundredths = _full;
    }

    /// <summary>A replica write was started: earns a share of a replacement.</summary>
    public void OnReplicaWrite()
    {
        var seen = Volatile.Read(ref _hundredths);
        while (seen < _full)
        {
            var found = Interlocked.CompareExchange(ref _hundredths, Math.Min(_full, seen + _percent), seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }

    /// <inheritdoc/>
    public bool TryTake()
    {
        var seen = Volatile.Read(ref _hundredths);
        while (seen >= Replacement)
        {
            var found = Interlocked.CompareExchange(ref _hundredths, seen - Replacement, seen);
            if (found == seen)
            {
                return true;
            }

            seen = found;
        }

        return false;
    }
}
