using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Support;

/// <summary>Time that a test moves, and a wall clock that it may set wrong: timers and the monotonic clock do not see that.</summary>
internal sealed class SteppedTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    /// <summary>By how much the wall clock is ahead.</summary>
    public TimeSpan Ahead { get; set; }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;

    // That of the base follows the wall clock.
    /// <inheritdoc/>
    public override long GetTimestamp() => base.GetUtcNow().Ticks;
}
