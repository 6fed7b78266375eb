using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;

namespace AllData.Client.Commands;

/// <summary>Reads values of types that say themselves what is wrong with a text.</summary>
internal static class ValueParser
{
    /// <summary>Reads a text; false when it is not valid.</summary>
    public delegate bool TryParse<T>([NotNullWhen(true)] string? text, out T value);

    /// <summary>The value of an option or argument with one text; null, and an error is noted, when it is not valid.</summary>
    /// <param name="result">What was given.</param>
    /// <param name="tryParse">Reads the text.</param>
    /// <param name="fault">Says what is wrong with it.</param>
    public static T? Parse<T>(ArgumentResult result, TryParse<T> tryParse, Func<string?, string> fault) where T : struct
    {
        var text = result.Tokens[0].Value;
        if (tryParse(text, out var value))
        {
            return value;
        }

        result.AddError(fault(text));
        return null;
    }
}
