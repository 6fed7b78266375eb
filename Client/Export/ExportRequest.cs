using AllData.Certificates;
using AllData.Client.Intervals;
using AllData.Events;
using AllData.Intervals;
using AllData.Reading;

namespace AllData.Client.Export;

/// <summary>What the files of an export are.</summary>
internal enum ExportFormat
{
    /// <summary>Apache Parquet, compressed with zstd.</summary>
    Parquet = 0,

    /// <summary>Lines of JSON, as <c>alldata scan</c> writes them.</summary>
    Ndjson = 1,

    /// <summary>Events as they are stored (<see cref="StoredRecords"/>): an archive.</summary>
    Stored = 2,
}

/// <summary>The settings of an export.</summary>
/// <param name="Directory">Where to.</param>
/// <param name="Format">Of the files.</param>
/// <param name="RowGroupEvents">Most events of a Parquet row group: that many are in memory.</param>
/// <param name="FileBytes">A file that has reached this size is followed by another one.</param>
/// <param name="Overwrite">Whether to export again what is there already, even if it was exported for another range.</param>
/// <param name="RequireComplete">Whether to publish nothing that is in doubt.</param>
/// <param name="Verify">Whether to check the digests of files that are there already.</param>
/// <param name="Scope">Whose copies are read.</param>
/// <param name="Topic">Only events of this topic; null: all.</param>
/// <param name="ByTopic">Whether the events of each topic have files of their own.</param>
/// <param name="Required">What the certificate of an interval must promise, at least; null: none is looked at.</param>
internal sealed record ExportRequest(
    string Directory, ExportFormat Format, int RowGroupEvents, long FileBytes, bool Overwrite, bool RequireComplete, bool Verify,
    ScanScope Scope = ScanScope.Store, Topic? Topic = null, bool ByTopic = false, CertificateState? Required = null)
{
    public string Extension => Format switch
    {
        ExportFormat.Parquet => "parquet",
        ExportFormat.Ndjson => "ndjson",
        _ => "stored",
    };
}

/// <summary>One interval, or the requested part of it: it appears as a whole or not at all.</summary>
/// <param name="Interval">The interval.</param>
/// <param name="From">First key.</param>
/// <param name="To">First key beyond the requested part.</param>
/// <param name="State">closed: no more puts are taken; open: what is exported is provisional; unknown: not all peers have answered.</param>
/// <param name="EstimatedEvents">About how many events there are, for the progress.</param>
internal sealed record ExportUnit(Interval Interval, EventKey From, EventKey To, string State, long EstimatedEvents)
{
    /// <summary>No replica takes puts for the interval any more.</summary>
    public const string Closed = "closed";

    /// <summary>Some replica still takes puts.</summary>
    public const string Open = "open";

    /// <summary>Some peer did not say.</summary>
    public const string Unknown = "unknown";

    /// <summary>Beyond the close delay of any sensible cluster, and clocks that differ a little.</summary>
    private static readonly TimeSpan CloseMargin = TimeSpan.FromMinutes(15);

    /// <summary>The version of the certificate that has a directory of its own; null: the interval has one, whatever its version.</summary>
    public int? Version { get; init; }

    public ScanRange Range => new() { From = From, To = To };

    /// <summary>The part of an interval that lies in a range; null when none does.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="summary">What the peers hold of it; null: nothing.</param>
    /// <param name="allAnswered">Whether every registered storing peer has said what it holds.</param>
    /// <param name="range">The requested range.</param>
    /// <param name="now">The time.</param>
    public static ExportUnit? Of(Interval interval, IntervalSummary? summary, bool allAnswered, ScanRange range, DateTimeOffset now)
    {
        var (from, to) = (interval.FirstKey, interval.EndKey);
        from = range.From > from ? range.From.Value : from;
        to = range.To < to ? range.To.Value : to;
        return from < to ? new ExportUnit(interval, from, to, StateOf(interval, summary, allAnswered, now), summary?.EstimatedEvents ?? 0) : null;
    }

    private static string StateOf(Interval interval, IntervalSummary? summary, bool allAnswered, DateTimeOffset now) => (summary, allAnswered) switch
    {
        ({ State: IntervalState.Closed }, true) => Closed,
        ({ State: IntervalState.Closed }, false) => Unknown,
        (null, true) when IsOver(interval, now) => Closed,
        (null, false) when IsOver(interval, now) => Unknown,
        _ => Open,
    };

    // No peer holds it, and none takes puts for an interval older than the previous one.
    private static bool IsOver(Interval interval, DateTimeOffset now) =>
        now.ToUnixTimeMilliseconds() >= interval.EndUnixMilliseconds + interval.LengthMilliseconds + (long)CloseMargin.TotalMilliseconds;
}
