using System.CommandLine;
using AllData.Consumers;

namespace AllData.Client.Consumers;

/// <summary>The consumer that a command is about.</summary>
internal static class ConsumerArgument
{
    /// <summary>An argument for its name.</summary>
    public static Argument<ConsumerName> Create() => new("NAME")
    {
        Description = "Name of a consumer, as 'alldata consumers' lists it.",
        CustomParser = static result =>
        {
            if (!ConsumerName.TryParse(result.Tokens[0].Value, out var name))
            {
                result.AddError(ConsumerName.Fault(result.Tokens[0].Value));
            }

            return name;
        },
    };
}
