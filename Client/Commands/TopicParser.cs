using System.CommandLine;
using AllData.Events;

namespace AllData.Client.Commands;

/// <summary>Reads <c>--topic</c>.</summary>
internal static class TopicParser
{
    /// <summary>The option.</summary>
    /// <param name="description">What it does for the command.</param>
    public static Option<Topic?> Create(string description) => new("--topic")
    {
        Description = $"{description} 1 to {Topic.MaxLength} letters, digits, '.', '_' and '-'. Default: none.",
        CustomParser = static result =>
        {
            var text = result.Tokens[0].Value;
            if (Topic.TryParse(text, out var topic))
            {
                return topic;
            }

            result.AddError(Topic.Fault(text));
            return null;
        },
    };
}
