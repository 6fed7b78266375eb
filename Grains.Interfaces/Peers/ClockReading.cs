namespace AllData.Peers;

/// <summary>What a silo's clock shows, and for how long it has been steady.</summary>
/// <param name="UnixMilliseconds">Its wall clock, milliseconds since 1970 UTC.</param>
/// <param name="SteadyMilliseconds">For how long it has run without a jump, as far as the silo's process has seen.</param>
[GenerateSerializer, Immutable, Alias("AllData.ClockReading")]
public readonly record struct ClockReading([property: Id(0)] long UnixMilliseconds, [property: Id(1)] long SteadyMilliseconds);
