using AllData.Peers;

namespace AllData.Protocol.Clocks;

/// <summary>
/// Compares a machine's wall clock with its monotonic one, which cannot be set: a change in only one of them is a jump. A process that was suspended
/// with its machine sees a jump, too.
/// </summary>
/// <param name="wall">The wall clock now, milliseconds since 1970 UTC.</param>
/// <param name="monotonic">The monotonic clock now, milliseconds.</param>
internal sealed class SteadyClock(long wall, long monotonic)
{
    // Time services slew by less than 2 s in this time: that is not a jump, but a runaway clock is.
    private const long BasisAge = 3_600_000;

    private (long Wall, long Monotonic) _basis = (wall, monotonic);
    private long _steadySince = monotonic;

    /// <summary>By how much the clock has jumped last, milliseconds, forwards or, negative, back; 0: it never has.</summary>
    public long LastJump { get; private set; }

    /// <summary>For how long it has run without a jump, milliseconds.</summary>
    public long SteadyAt(long monotonic) => monotonic - _steadySince;

    /// <summary>Looks at both clocks.</summary>
    /// <returns>By how much the wall clock has jumped since the last look, milliseconds; 0: not at all.</returns>
    public long Observe(long wall, long monotonic)
    {
        var difference = wall - _basis.Wall - (monotonic - _basis.Monotonic);
        var isJump = Math.Abs(difference) > ClockAgreement.Tolerance;
        if (isJump)
        {
            (LastJump, _steadySince) = (difference, monotonic);
        }

        if (isJump || monotonic - _basis.Monotonic > BasisAge)
        {
            _basis = (wall, monotonic);
        }

        return isJump ? difference : 0;
    }

    /// <summary>The reading that other silos get.</summary>
    public ClockReading Read(long wall, long monotonic)
    {
        _ = Observe(wall, monotonic);
        return new ClockReading(wall, SteadyAt(monotonic));
    }
}
