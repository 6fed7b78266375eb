using System.CommandLine;

namespace AllData.Client.Commands;

/// <summary>Rules that several options share.</summary>
internal static class OptionRules
{
    /// <summary>Refuses a value outside of a range, naming both bounds.</summary>
    public static Option<T> InRange<T>(this Option<T> option, T min, T max)
        where T : struct, IComparable<T>
    {
        option.Validators.Add(result =>
        {
            // What cannot be read at all has its own error already.
            if (!result.Errors.Any() && result.GetValueOrDefault<T>() is var value && (value.CompareTo(min) < 0 || value.CompareTo(max) > 0))
            {
                result.AddError($"{option.Name} is {value}; it must be from {min} to {max}.");
            }
        });
        return option;
    }
}
