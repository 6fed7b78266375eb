namespace AllData.Silo.Http.Console;

/// <summary>Counts and times for people.</summary>
internal static class OwedText
{
    /// <summary>Some blocks.</summary>
    public static string Blocks(long count) => count == 1 ? "1 block" : $"{count:N0} blocks";

    /// <summary>Some events.</summary>
    public static string Events(long count) => count == 1 ? "1 event" : $"{count:N0} events";

    /// <summary>Some replicas.</summary>
    public static string Replicas(long count) => count == 1 ? "1 replica" : $"{count:N0} replicas";

    /// <summary>A time, roughly.</summary>
    public static string Roughly(double seconds) => seconds < 90 ? $"{Math.Max(1, Math.Ceiling(seconds)):N0} s"
        : seconds < 5_400 ? $"{Math.Ceiling(seconds / 60):N0} min" : $"{Math.Ceiling(seconds / 3_600):N0} h";
}
