using System.CommandLine;
using AllData.Client.Commands;
using AllData.Consumers;

namespace AllData.Client.Consumers;

/// <summary>The consumer that a command is about.</summary>
internal static class ConsumerArgument
{
    /// <summary>An argument for its name.</summary>
    public static Argument<ConsumerName> Create() => new("NAME")
    {
        Description = "Name of a consumer, as 'alldata consumers' lists it.",
        CustomParser = static result => ValueParser.Parse<ConsumerName>(result, ConsumerName.TryParse, ConsumerName.Fault) ?? default,
    };
}
