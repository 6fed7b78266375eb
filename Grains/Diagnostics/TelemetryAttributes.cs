using System.Collections.Concurrent;
using System.Text.Json;

namespace AllData.Diagnostics;

/// <summary>The names of attributes of metrics and spans, and the form of their values.</summary>
internal static class TelemetryAttributes
{
    /// <summary>The level that a put requests.</summary>
    public const string PutLevel = "alldata.put.level";

    /// <summary>The result of a put: <c>stored</c>, <c>already_stored</c>, or its error.</summary>
    public const string PutOutcome = "alldata.put.outcome";

    /// <summary>Whether the copies lie where the policy wants them.</summary>
    public const string PutAdherence = "alldata.put.adherence";

    /// <summary>A replica's answer.</summary>
    public const string ReplicaOutcome = "alldata.replica.outcome";

    /// <summary>Where a replica's place is, seen from the coordinator.</summary>
    public const string ReplicaTier = "alldata.replica.tier";

    /// <summary>The peer in whose place another one is asked.</summary>
    public const string ReplicaReplaces = "alldata.replica.replaces";

    /// <summary>The peer that is asked in the place of this one.</summary>
    public const string ReplicaReplacedBy = "alldata.replica.replaced_by";

    /// <summary>Whether an answer came after the replica deadline.</summary>
    public const string ReplicaLate = "alldata.replica.late";

    /// <summary>A peer's name.</summary>
    public const string PeerId = "alldata.peer.id";

    /// <summary>A peer's zone.</summary>
    public const string PeerZone = "alldata.peer.zone";

    /// <summary>A peer's region.</summary>
    public const string PeerRegion = "alldata.peer.region";

    /// <summary>Whether a peer can be asked now.</summary>
    public const string PeerAvailability = "alldata.peer.availability";

    /// <summary>Whether a death was one.</summary>
    public const string PeerDeathKind = "alldata.peer.death.kind";

    /// <summary>A block's id.</summary>
    public const string BlockId = "alldata.block.id";

    /// <summary>Events of a block, a batch or a scan.</summary>
    public const string EventCount = "alldata.event.count";

    /// <summary>Blocks.</summary>
    public const string BlockCount = "alldata.block.count";

    /// <summary>Bytes.</summary>
    public const string Size = "alldata.size";

    /// <summary>Pages of a scan.</summary>
    public const string PageCount = "alldata.scan.page.count";

    /// <summary>Doubts of a scan.</summary>
    public const string DoubtCount = "alldata.scan.doubt.count";

    /// <summary>What a scan is for.</summary>
    public const string ScanUse = "alldata.scan.use";

    /// <summary>Whether a scan was read to its end.</summary>
    public const string ScanEnded = "alldata.scan.ended";

    /// <summary>Whether a block that was fetched was missing.</summary>
    public const string RepairMissing = "alldata.repair.missing";

    /// <summary>Whether repair has more to do at once.</summary>
    public const string RepairMore = "alldata.repair.more";

    /// <summary>An interval.</summary>
    public const string Interval = "alldata.interval";

    /// <summary>What came of an attempt to seal an interval.</summary>
    public const string SealStatus = "alldata.seal.status";

    /// <summary>The version of a certificate.</summary>
    public const string CertificateVersion = "alldata.certificate.version";

    /// <summary>What a certificate promises.</summary>
    public const string CertificateState = "alldata.certificate.state";

    /// <summary>Another cluster's name.</summary>
    public const string ClusterName = "alldata.cluster.name";

    /// <summary>The state of a link.</summary>
    public const string LinkState = "alldata.link.state";

    /// <summary>The stable name of a condition.</summary>
    public const string ConditionCode = "alldata.condition.code";

    /// <summary>Whether a condition stops puts.</summary>
    public const string ConditionStopsPuts = "alldata.condition.stops_puts";

    /// <summary>The type of an error, as OpenTelemetry calls it.</summary>
    public const string ErrorType = "error.type";

    private const string ExceptionSuffix = "Exception";

    private static readonly ConcurrentDictionary<Type, string> Errors = new();

    /// <summary>The form of a value of an enumeration: <c>already_stored</c>.</summary>
    public static string TextOf<T>(T value) where T : struct, Enum => EnumTexts<T>.Of(value);

    /// <summary>The form of an error: <c>not_enough_peers</c> for <c>NotEnoughPeersException</c>.</summary>
    public static string TextOf(Exception error) => Errors.GetOrAdd(error.GetType(), static type => SnakeCase(
        type.Name.EndsWith(ExceptionSuffix, StringComparison.Ordinal) ? type.Name[..^ExceptionSuffix.Length] : type.Name));

    /// <summary>An attribute.</summary>
    public static KeyValuePair<string, object?> Of(string name, string value) => new(name, value);

    private static string SnakeCase(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    // Formed once: a text for each measurement would be garbage of every put.
    private static class EnumTexts<T> where T : struct, Enum
    {
        private static readonly ConcurrentDictionary<T, string> Texts = new();

        public static string Of(T value) => Texts.GetOrAdd(value, static v => SnakeCase(v.ToString()));
    }
}
