using System.Globalization;
using AllData.Client.Terminals;
using AllData.Peers;

namespace AllData.Client.Top;

/// <summary>A frame as lines of text: no terminal, no clock.</summary>
internal static class TopScreen
{
    private const int ShownConditions = 5;

    /// <summary>Its lines, none wider than the terminal where the columns that matter fit.</summary>
    /// <param name="frame">What to show.</param>
    /// <param name="width">Columns of the terminal.</param>
    public static IReadOnlyList<string> Lines(TopFrame frame, int width) =>
    [
        .. HeadOf(frame), .. TableOf(frame).Lines(width), .. ConditionsOf(frame),
    ];

    private static IEnumerable<string> HeadOf(TopFrame frame)
    {
        var alive = frame.Peers.Count(static p => p.View.Alive);
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{frame.At.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC   {alive} of {frame.Peers.Length} peers alive   about {frame.EventsPerSecond:N0} events/s put");
        yield return frame.MissingBlocks == 0
            ? "Repair: no copy is known to be missing"
            : $"Repair: {Amount.OfBlocks(frame.MissingBlocks)} missing{(frame.Lag is { } lag ? $", the oldest of {TextOf(lag)} ago" : "")}, "
                + $"{Amount.Of((long)frame.RepairBytesPerSecond)}/s";
    }

    private static ResultTable TableOf(TopFrame frame)
    {
        var table = new ResultTable(
            new("region", 5), new("zone", 6), new("peer"), new("status"), new("stored/s"), new("events", 4), new("lacks"), new("lag", 3), new("repair", 2),
            new("damaged", 1));
        foreach (var peer in frame.Peers)
        {
            table.AddRow(CellsOf(peer));
        }

        return table;
    }

    private static string[] CellsOf(TopPeer peer)
    {
        var (descriptor, report, repair) = (peer.View.Peer, peer.Report, peer.Report?.Repair);
        return
        [
            descriptor.Location.Region, descriptor.Location.Zone, descriptor.Id.Value, StatusOf(peer),
            OrUnknown(peer.StoredPerSecond), OrUnknown(report?.Events), OrUnknown(repair?.MissingBlocks), peer.Lag is { } lag ? TextOf(lag) : "",
            peer.RepairBytesPerSecond is { } rate ? $"{Amount.Of((long)rate)}/s" : "?", OrUnknown(repair?.DamagedBlocks),
        ];
    }

    private static string StatusOf(TopPeer peer)
    {
        var status = peer.View.Peer.Status == PeerStatus.ReadOnly ? "read-only" : peer.View.Peer.Status.ToString().ToLowerInvariant();
        return !peer.View.Alive ? $"dead ({status})"
            : peer.View.Peer.IsPutOnly ? $"{status}, put-only"
            : peer.Report is null ? $"silent ({status})"
            : status;
    }

    private static IEnumerable<string> ConditionsOf(TopFrame frame)
    {
        var all = frame.Peers.SelectMany(static p => p.Report?.Conditions is { IsDefault: false } conditions
            ? conditions.Select(c => ReadableText.Escape($"{p.View.Peer.Id}: {c.Sentence}")) : []).ToList();
        return all.Count <= ShownConditions
            ? all
            : all.Take(ShownConditions).Append($"And {all.Count - ShownConditions} more: 'alldata status' shows all.");
    }

    private static string OrUnknown(double? number) => number is { } value ? value.ToString("N0", CultureInfo.InvariantCulture) : "?";

    private static string OrUnknown(long? number) => number is { } value ? value.ToString("N0", CultureInfo.InvariantCulture) : "?";

    private static string TextOf(TimeSpan time) =>
        time.TotalMinutes < 1 ? $"{Math.Max(0, (int)time.TotalSeconds)} s"
        : time.TotalHours < 2 ? $"{(int)time.TotalMinutes} min"
        : $"{(int)time.TotalHours} h";
}
