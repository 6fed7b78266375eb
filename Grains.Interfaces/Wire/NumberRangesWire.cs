using AllData.Errors;
using AllData.Intervals;

namespace AllData.Wire;

/// <summary>A set of numbers as it travels: its text; null stands for no number.</summary>
[GenerateSerializer, Immutable]
internal readonly struct NumberRangesSurrogate(string? text)
{
    [Id(0)]
    public readonly string? Text = text;
}

/// <summary>Takes no set that is not in its one form: others search in it.</summary>
[RegisterConverter]
internal sealed class NumberRangesConverter : IConverter<NumberRanges, NumberRangesSurrogate>
{
    public NumberRanges ConvertFromSurrogate(in NumberRangesSurrogate surrogate) =>
        string.IsNullOrEmpty(surrogate.Text) ? default
        : NumberRanges.TryParse(surrogate.Text, out var ranges) ? ranges
        : throw new InvalidValueException($"{surrogate.Text.Length} characters are not a set of numbers: runs such as 3,7-9 are expected, ascending.");

    public NumberRangesSurrogate ConvertToSurrogate(in NumberRanges value) => new(value.IsEmpty ? null : value.ToString());
}
