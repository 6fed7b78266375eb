using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AllData.Events;
using AllData.Intervals;

namespace AllData.Storage.Engine;

/// <summary>
/// What is known of an interval without opening its file: the content of the note beside it. It makes a restart quick, and the loss of the
/// file or of its log visible.
/// </summary>
internal sealed record IntervalManifest
{
    // The first findings are enough to show that a person must look; a badly damaged file has millions.
    internal const int MaxFindings = 8;

    /// <summary>Version of the note.</summary>
    public required int FormatVersion { get; init; }

    /// <summary>Whose replica it is.</summary>
    public required string Peer { get; init; }

    public required Guid Cluster { get; init; }

    /// <summary>Start of the interval, as in the file's name.</summary>
    public required string Interval { get; init; }

    /// <summary>Its length in seconds.</summary>
    public required long IntervalSeconds { get; init; }

    /// <summary>Closed only when the file is self-contained; the promise before that is in the file.</summary>
    public IntervalState State { get; init; }

    /// <summary>Whether the interval was left cleanly; otherwise, in SQLite, some of what was answered is only in the write-ahead log.</summary>
    public bool Clean { get; init; }

    /// <summary>Blocks held, when clean.</summary>
    public long Blocks { get; init; }

    /// <summary>Events in them.</summary>
    public long Events { get; init; }

    /// <summary>Sum of the event digests of a closed interval, 32 hexadecimal digits.</summary>
    public string? Digest { get; init; }

    /// <summary>Bytes of the file of a closed interval.</summary>
    public long Bytes { get; init; }

    /// <summary>When it was closed.</summary>
    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>A sentence when less may be held than was once answered; kept until it is repaired.</summary>
    public string? Lost { get; init; }

    /// <summary>When the last loss was found: what was answered later is not lost. Null in a note of an earlier program.</summary>
    public DateTimeOffset? LostAt { get; init; }

    /// <summary>
    /// Whether there are late events that arrived long after its end, or may be: such an interval is looked into whenever late events are requested. Stays
    /// true.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool HasStragglers { get; init; }

    /// <summary>When not 0, the file is to be set aside under this number and its blocks salvaged when the store is next opened.</summary>
    public int SetAside { get; init; }

    /// <summary>What scrubs have found wrong, the first few findings; nothing need be lost because of them.</summary>
    public ImmutableArray<string> Findings { get; init; } = [];

    /// <summary>All that is known to be wrong; null when nothing is.</summary>
    [JsonIgnore]
    public string? Damage => Lost is null && Findings.IsEmpty ? null : string.Join(' ', (Lost is null ? [] : new[] { Lost }).Concat(Findings));

    /// <summary>The digest sum; of an open interval it is not known.</summary>
    [JsonIgnore]
    public EventDigest DigestSum =>
        Digest is null ? default : new EventDigest(UInt128.Parse(Digest, System.Globalization.NumberStyles.HexNumber, null));

    /// <summary>Adds findings that are not there yet, as far as there is room.</summary>
    public IntervalManifest WithFindings(IEnumerable<string> findings)
    {
        var all = Findings.Concat(findings).Distinct().Take(MaxFindings).ToImmutableArray();
        return all.Length == Findings.Length ? this : this with { Findings = all };
    }

    /// <summary>Adds a loss; of several, the first one's sentence stays.</summary>
    public IntervalManifest WithLoss(string reason, DateTimeOffset at) => this with { Lost = Lost ?? reason, LostAt = at };
}
