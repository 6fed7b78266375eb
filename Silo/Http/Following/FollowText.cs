using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using AllData.Events;
using AllData.Reading;
using AllData.Silo.Http.Endpoints;

namespace AllData.Silo.Http.Following;

/// <summary>A form in which readers that follow over HTTP get pages. The events of a page are written once for all of them.</summary>
internal abstract class FollowText
{
    private readonly ConditionalWeakTable<ScanPage, Lazy<byte[]>> _written = [];

    /// <summary>Lines of JSON, as a scan gives them, and lines <c>{"at":…}</c> that say how far the reader is.</summary>
    public static FollowText Lines { get; } = new LineText();

    /// <summary>
    /// Server-sent events (WHATWG HTML, 9.2): messages with the lines of <see cref="Lines"/> as data, and events of type <c>at</c>. The id is the position.
    /// </summary>
    public static FollowText ServerSentEvents { get; } = new ServerSentText(hasIds: true);

    /// <summary>The same without ids of events: they are not in order, and the position is the id of the events of type <c>at</c> only.</summary>
    public static FollowText LiveServerSentEvents { get; } = new ServerSentText(hasIds: false);

    /// <summary>The media type.</summary>
    public abstract string MediaType { get; }

    /// <summary>The bytes of a page: its events, and where the reader is then. After live events it is where it was: nothing is said of that.</summary>
    public (byte[] Events, byte[] At) Write(FollowPage page) =>
        (page.Events is { } events ? _written.GetValue(events, Lazily).Value : [], page.IsLive ? [] : WriteAt(page));

    /// <summary>The events of a page.</summary>
    protected abstract byte[] WriteEvents(ScanPage events);

    /// <summary>Where the reader is.</summary>
    protected abstract byte[] WriteAt(FollowPage page);

    // Many readers come for a page at once, and the table alone would let each of them write it.
    private Lazy<byte[]> Lazily(ScanPage events) => new(() => WriteEvents(events));

    private static byte[] JsonOf(FollowPage page) => JsonSerializer.SerializeToUtf8Bytes(AtDocument.From(page), Documents.Options);

    private static byte[] LinesOf(ScanPage events)
    {
        var lines = new MemoryStream(events.Records.Length + (events.Count * 32));
        var writer = new NdjsonWriter(lines);
        writer.Write(events);
        writer.Flush();
        return lines.ToArray();
    }

    private sealed class LineText : FollowText
    {
        public override string MediaType => "application/x-ndjson";

        protected override byte[] WriteEvents(ScanPage events) => LinesOf(events);

        protected override byte[] WriteAt(FollowPage page) => [.. "{\"at\":"u8, .. JsonOf(page), .. "}\n"u8];
    }

    private sealed class ServerSentText(bool hasIds) : FollowText
    {
        public override string MediaType => "text/event-stream";

        protected override byte[] WriteEvents(ScanPage events)
        {
            ReadOnlySpan<byte> lines = LinesOf(events);
            var text = new ArrayBufferWriter<byte>(lines.Length + (events.Count * 48));
            var reader = events.GetReader();
            var isMore = reader.MoveNext();
            for (var i = 0; isMore; i++)
            {
                var position = events.PositionOf(i, reader.Current.Key);
                isMore = reader.MoveNext();
                var end = lines.IndexOf((byte)'\n');
                text.Write("data: "u8);
                text.Write(lines[..end]);

                // A reader that continues after a key has got all events under it: so only the last of them has the id.
                var isSame = isMore && events.PositionOf(i + 1, reader.Current.Key) == position;
                text.Write(!hasIds || isSame ? "\n\n"u8 : Encoding.ASCII.GetBytes($"\nid: {position}\n\n"));
                lines = lines[(end + 1)..];
            }

            return text.WrittenSpan.ToArray();
        }

        protected override byte[] WriteAt(FollowPage page) =>
            [.. "event: at\ndata: "u8, .. JsonOf(page), .. page.Position is { } position ? Encoding.ASCII.GetBytes($"\nid: {position}\n\n") : "\n\n"u8];
    }
}

/// <summary>Where a reader that follows is.</summary>
/// <param name="Position">Where it continues, <c>after</c>; left out until it is known where the present is.</param>
/// <param name="SafeUpTo">Up to this key nothing more can appear in the store; left out until it is known.</param>
/// <param name="HeldUpBy">Which peers or clusters keep it from going on; left out when none does.</param>
internal sealed record AtDocument(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Position,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? SafeUpTo,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] HoldUpDocument[]? HeldUpBy)
{
    public static AtDocument From(FollowPage page) => new(
        TextOf(page.Position), TextOf(page.SafeUpTo), page.HeldUpBy.IsDefaultOrEmpty ? null : [.. page.HeldUpBy.Select(HoldUpDocument.From)]);

    // Before the first event of the store there is no key.
    private static string? TextOf(EventKey? key) => key is { } known && known > default(EventKey) ? known.ToString() : null;
}

/// <summary>What keeps the safe point from going on.</summary>
/// <param name="Peer">The peer; left out where it is a cluster, or the silo itself.</param>
/// <param name="Cluster">The other cluster; left out where it is this one.</param>
/// <param name="Reason">A sentence.</param>
internal sealed record HoldUpDocument(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Peer,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Cluster,
    string Reason)
{
    public static HoldUpDocument From(ScanDoubt doubt) =>
        new(doubt.Peer == default ? null : doubt.Peer.Value, doubt.Cluster, PublicText.Of(doubt.Reason));
}
