using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace AllData.Tests.Support.Documentation;

/// <summary>
/// Finds the least and the most that an option takes by trying: values are halved between one that the validators take and one that they refuse, all other
/// options at their defaults.
/// </summary>
/// <param name="root">The options that the validators are about.</param>
/// <param name="validate">Whether the validators take them.</param>
internal sealed class OptionBounds(Type root, Func<object, bool> validate)
{
    // More than any file, rate or time that is meant: no bound.
    private const long Huge = 1L << 52;

    /// <summary>The bounds of an option in words; empty where it has none, or is no number.</summary>
    /// <param name="path">The properties from the root to the option.</param>
    public string Of(IReadOnlyList<PropertyInfo> path)
    {
        var declared = path[^1].PropertyType;
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (type != typeof(int) && type != typeof(long) && type != typeof(TimeSpan) && type != typeof(double))
        {
            return "";
        }

        var start = NumberOf(Get(Activator.CreateInstance(root)!, path), type) ?? 1;
        var (lowest, highest) = type == typeof(int) ? (int.MinValue, int.MaxValue) : (-Huge, Huge);
        bool Takes(long number) => IsTaken(path, type, number);
        if (!Takes(start))
        {
            return "";
        }

        // Most begin at one or at none.
        long? least = Takes(lowest) ? null
            : Takes(1) && !Takes(0) ? 1
            : Takes(0) && !Takes(-1) ? 0
            : Edge(start, lowest, Takes);
        long? most = Takes(highest) ? null : Edge(start, highest, Takes);

        // Neighbours of the default are refused: certain values, which the description names.
        return least == start && most == start ? "" : TextOf(least, most, type);
    }

    private static string TextOf(long? least, long? most, Type type) => (least, most) switch
    {
        (null, null) => "",
        ({ } low, null) when IsAbove(low, type) => Text(low, type),
        ({ } low, null) => $"{Text(low, type)} or more",
        (null, { } high) => $"at most {Text(high, type)}",
        ({ } low, { } high) when IsAbove(low, type) => $"{Text(low, type)}, at most {Text(high, type)}",
        ({ } low, { } high) => $"{Text(low, type)} to {Text(high, type)}",
    };

    private static string Text(long number, Type type) => type == typeof(TimeSpan)
        ? IsAbove(number, type) ? $"more than {(number == 1 ? "0" : new TimeSpan(number - 1).ToString())}" : $"{new TimeSpan(number)}"
        : number.ToString("N0", CultureInfo.InvariantCulture);

    // The next tick after a round time: that time itself is refused.
    private static bool IsAbove(long number, Type type) => type == typeof(TimeSpan) && number % TimeSpan.TicksPerMillisecond == 1;

    private static long Edge(long taken, long refused, Func<long, bool> takes)
    {
        while (Math.Abs(taken - refused) > 1)
        {
            var middle = taken + ((refused - taken) / 2);
            (taken, refused) = takes(middle) ? (middle, refused) : (taken, middle);
        }

        return taken;
    }

    private bool IsTaken(IReadOnlyList<PropertyInfo> path, Type type, long number)
    {
        var options = Activator.CreateInstance(root)!;
        var owner = path.SkipLast(1).Aggregate(options, static (at, property) => property.GetValue(at)!);
        path[^1].SetValue(owner, type == typeof(TimeSpan) ? new TimeSpan(number) : Convert.ChangeType(number, type, CultureInfo.InvariantCulture));
        try
        {
            return validate(options);
        }
        catch (Exception e) when (e is OverflowException or ArgumentException)
        {
            return false;
        }
    }

    private static object? Get(object options, IReadOnlyList<PropertyInfo> path) =>
        path.Aggregate((object?)options, static (at, property) => property.GetValue(at));

    private static long? NumberOf(object? value, Type type) => value is null ? null
        : type == typeof(TimeSpan) ? ((TimeSpan)value).Ticks
        : Convert.ToInt64(value, CultureInfo.InvariantCulture);
}
