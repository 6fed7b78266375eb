using System.Globalization;

namespace AllData.Silo.Hosting;

/// <summary>How many files and connections this process may have open (RLIMIT_NOFILE). When all are used, the runtime itself fails.</summary>
internal static class DescriptorLimit
{
    private const string Limits = "/proc/self/limits";

    /// <summary>The limit of this process; null where it cannot be known or there is none.</summary>
    public static long? OfThisProcess() => File.Exists(Limits) ? Parse(File.ReadLines(Limits)) : null;

    /// <summary>The limit in a list of limits (proc(5)): the soft one, which the runtime raises to the hard one as it starts.</summary>
    public static long? Parse(IEnumerable<string> limits)
    {
        var line = limits.FirstOrDefault(static l => l.StartsWith("Max open files", StringComparison.Ordinal));
        var words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return words.Length > 3 && long.TryParse(words[3], NumberStyles.None, CultureInfo.InvariantCulture, out var soft) ? soft : null;
    }
}
