using System.CommandLine;
using System.CommandLine.Parsing;
using AllData.Events;

namespace AllData.Client.Commands;

/// <summary>Reads a key from the command line.</summary>
internal static class KeyParser
{
    /// <summary>The event that a command is about.</summary>
    public static Argument<EventKey> CreateArgument() => new("KEY")
    {
        Description = "The event's key: 27 characters, as a receipt names it.",
        CustomParser = Parse(static key => key),
    };

    /// <summary>A parser for an option or argument whose value is made of a key.</summary>
    public static Func<ArgumentResult, T?> Parse<T>(Func<EventKey, T> make) => result =>
    {
        try
        {
            return make(EventKey.Parse(result.Tokens[0].Value));
        }
        catch (FormatException e)
        {
            result.AddError(e.Message);
            return default;
        }
    };
}
