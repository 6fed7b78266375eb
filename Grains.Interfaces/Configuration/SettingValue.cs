using System.ComponentModel;

namespace AllData.Configuration;

/// <summary>Values of settings, as the binder reads them.</summary>
internal static class SettingValue
{
    /// <summary>A sentence when a text is not a valid value; otherwise null.</summary>
    public static string? Complaint(string path, string? text, Type type)
    {
        // An empty text is what the binder leaves out.
        if (string.IsNullOrEmpty(text) || type == typeof(string))
        {
            return null;
        }

        try
        {
            return TypeDescriptor.GetConverter(type).ConvertFromInvariantString(text) is null ? Sentence(path, text, type) : null;
        }
        catch (Exception)
        {
            // Converters throw various exceptions, mostly wrapped: each of them means that the text is not valid.
            return Sentence(path, text, type);
        }
    }

    /// <summary>What may be written.</summary>
    public static string Allowed(Type type) => type switch
    {
        { IsEnum: true } => $"one of {string.Join(", ", Enum.GetNames(type))}",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(TimeSpan) => "a time as days.hours:minutes:seconds, for example 00:00:30 or 1.00:00:00",
        _ when type == typeof(int) => $"a whole number of at most {int.MaxValue}",
        _ when type == typeof(long) => $"a whole number of at most {long.MaxValue}",
        _ when type == typeof(double) => "a number",
        _ => "a text",
    };

    private static string Sentence(string path, string text, Type type) => $"{path} is '{text}': write {Allowed(type)}.";
}
