using System.Collections.Immutable;
using AllData.Errors;
using AllData.Replication;

namespace AllData.Wire;

/// <summary>A set of block numbers as it travels: first and last of each run, one after the other.</summary>
[GenerateSerializer, Immutable]
internal readonly struct NumberRangesSurrogate(ImmutableArray<long> bounds)
{
    [Id(0)]
    public readonly ImmutableArray<long> Bounds = bounds;
}

/// <summary>Takes no runs that are not ascending with gaps between them.</summary>
[RegisterConverter]
internal sealed class NumberRangesConverter : IConverter<NumberRanges, NumberRangesSurrogate>
{
    public NumberRanges ConvertFromSurrogate(in NumberRangesSurrogate surrogate)
    {
        var bounds = surrogate.Bounds.IsDefault ? [] : surrogate.Bounds;
        var runs = new List<NumberRange>(bounds.Length / 2);
        for (var i = 0; i + 1 < bounds.Length; i += 2)
        {
            runs.Add(new NumberRange(bounds[i], bounds[i + 1]));
        }

        var ranges = NumberRanges.Of(runs);
        return bounds.Length % 2 == 0 && ranges.Runs.SequenceEqual(runs)
            ? ranges
            : throw new InvalidValueException("Runs of block numbers are not ascending with gaps between them.");
    }

    public NumberRangesSurrogate ConvertToSurrogate(in NumberRanges value) =>
        new(value is null ? [] : [.. value.Runs.SelectMany(static run => new[] { run.First, run.Last })]);
}
