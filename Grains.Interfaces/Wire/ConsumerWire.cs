using AllData.Consumers;
using AllData.Errors;

namespace AllData.Wire;

/// <summary>A consumer's name as it travels; null stands for the name that is not set.</summary>
[GenerateSerializer, Immutable]
internal readonly struct ConsumerNameSurrogate(string? value)
{
    [Id(0)]
    public readonly string? Value = value;
}

/// <summary>Takes no name that <see cref="ConsumerName.Parse(string)"/> would refuse.</summary>
[RegisterConverter]
internal sealed class ConsumerNameConverter : IConverter<ConsumerName, ConsumerNameSurrogate>
{
    public ConsumerName ConvertFromSurrogate(in ConsumerNameSurrogate surrogate) =>
        string.IsNullOrEmpty(surrogate.Value) ? default
        : ConsumerName.TryParse(surrogate.Value, out var name) ? name
        : throw new InvalidValueException(ConsumerName.Fault(surrogate.Value));

    public ConsumerNameSurrogate ConvertToSurrogate(in ConsumerName value) => new(value == default ? null : value.Value);
}
