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
        CustomParser = static result => ValueParser.Parse<Topic>(result, Topic.TryParse, Topic.Fault),
    };
}
