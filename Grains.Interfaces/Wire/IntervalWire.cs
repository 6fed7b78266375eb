using AllData.Errors;
using AllData.Intervals;

namespace AllData.Wire;

/// <summary>An interval as it travels.</summary>
[GenerateSerializer, Immutable]
internal readonly struct IntervalSurrogate(long startUnixMilliseconds, long lengthMilliseconds)
{
    [Id(0)]
    public readonly long StartUnixMilliseconds = startUnixMilliseconds;

    [Id(1)]
    public readonly long LengthMilliseconds = lengthMilliseconds;
}

/// <summary>Refuses an interval that no cluster can have.</summary>
[RegisterConverter]
internal sealed class IntervalConverter : IConverter<Interval, IntervalSurrogate>
{
    public Interval ConvertFromSurrogate(in IntervalSurrogate surrogate) =>
        Interval.TryCreate(surrogate.StartUnixMilliseconds, surrogate.LengthMilliseconds, out var interval)
            ? interval
            : throw new InvalidValueException(
                $"{surrogate.LengthMilliseconds} ms from {surrogate.StartUnixMilliseconds} ms on are not an interval: one of the allowed lengths, "
                    + "aligned to midnight UTC.");

    public IntervalSurrogate ConvertToSurrogate(in Interval value) => new(value.StartUnixMilliseconds, value.LengthMilliseconds);
}
