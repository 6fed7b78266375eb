using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace AllData.Client.Commands;

/// <summary>Rules that several options share.</summary>
internal static class OptionRules
{
    /// <summary>Refuses values outside of a range, naming both bounds.</summary>
    public static Option<T> InRange<T>(this Option<T> option, T min, T max)
        where T : INumber<T>
    {
        option.RequireRange(min, max);
        return option;
    }

    /// <summary>Refuses values outside of a range, naming both bounds, whatever they are gathered into.</summary>
    public static void RequireRange<T>(this Option option, T min, T max)
        where T : INumber<T> => option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                // What is not a number has the option's own error.
                if (T.TryParse(token.Value, CultureInfo.InvariantCulture, out var value) && !(value >= min && value <= max))
                {
                    result.AddError($"{option.Name} is {token.Value}; it must be from {min} to {max}.");
                }
            }
        });
}
