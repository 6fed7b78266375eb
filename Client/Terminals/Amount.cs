namespace AllData.Client.Terminals;

/// <summary>Bytes and counts for people.</summary>
internal static class Amount
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>The bytes in the largest unit of which there is one.</summary>
    public static string Of(long bytes)
    {
        var unit = 0;
        double value = bytes;
        while (value >= 1024 && unit < Units.Length - 1)
        {
            (value, unit) = (value / 1024, unit + 1);
        }

        return unit == 0 ? $"{bytes} B" : $"{value:N1} {Units[unit]}";
    }

    /// <summary>Some events.</summary>
    public static string OfEvents(long count) => count == 1 ? "1 event" : $"{count:N0} events";

    /// <summary>Some blocks.</summary>
    public static string OfBlocks(long count) => count == 1 ? "1 block" : $"{count:N0} blocks";

    /// <summary>Some blocks with some events.</summary>
    public static string OfBlocks(long count, long events) => $"{OfBlocks(count)} ({OfEvents(events)})";
}
