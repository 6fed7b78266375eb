using AllData.Errors;
using AllData.Events;

namespace AllData.Wire;

/// <summary>A topic as it travels; null stands for the topic that is not set.</summary>
[GenerateSerializer, Immutable]
internal readonly struct TopicSurrogate(string? value)
{
    [Id(0)]
    public readonly string? Value = value;
}

/// <summary>Takes no topic that <see cref="Topic.Parse(string)"/> would refuse.</summary>
[RegisterConverter]
internal sealed class TopicConverter : IConverter<Topic, TopicSurrogate>
{
    public Topic ConvertFromSurrogate(in TopicSurrogate surrogate) =>
        string.IsNullOrEmpty(surrogate.Value) ? default
        : Topic.TryParse(surrogate.Value, out var topic) ? topic
        : throw new InvalidValueException(Topic.Fault(surrogate.Value));

    public TopicSurrogate ConvertToSurrogate(in Topic value) => new(value == default ? null : value.Value);
}
