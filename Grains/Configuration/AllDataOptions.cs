using AllData.Protocol.Placement;
using AllData.Replication;
using AllData.Storage;
using AllData.Storage.Directories;

namespace AllData.Configuration;

/// <summary>The store's options, configuration section <c>AllData</c>. They are checked when the silo starts.</summary>
public sealed class AllDataOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "AllData";

    /// <summary>Identity and location of this silo's peer.</summary>
    public PeerOptions Peer { get; set; } = new();

    /// <summary>How many copies of events are kept, and where.</summary>
    public ReplicationOptions Replication { get; set; } = new();

    /// <summary>Sizes and counts.</summary>
    public LimitOptions Limits { get; set; } = new();

    /// <summary>Times.</summary>
    public DeadlineOptions Deadlines { get; set; } = new();

    /// <summary>Bounds of the replica store.</summary>
    public StorageOptions Storage { get; set; } = new();

    /// <summary>The peer's background work on its data.</summary>
    public MaintenanceOptions Maintenance { get; set; } = new();

    /// <summary>How its copies are kept complete.</summary>
    public RepairOptions Repair { get; set; } = new();

    /// <summary>The part of this cluster in a store of several clusters.</summary>
    public FederationOptions Federation { get; set; } = new();

    /// <summary>How peers of other clusters are reached, and reach this one.</summary>
    public PeersOptions Peers { get; set; } = new();

    /// <summary>How this silo identifies itself, and which silos and clients it trusts.</summary>
    public SecurityOptions Security { get; set; } = new();

    /// <summary>Whether the payloads of new events are encrypted before they are stored, and with what.</summary>
    public EncryptionOptions Encryption { get; set; } = new();

    /// <summary>
    /// Directory of this peer's data; created if missing, locked while in use. It is for the silo's user only: one that others may write to is refused.
    /// Default: <c>data</c>.
    /// </summary>
    public string DataDirectory { get; set; } = "data";

    /// <summary>
    /// Length of a consolidation interval: 1.00:00:00, 03:00:00, 01:00:00, 00:15:00 or 00:05:00. One for the whole cluster: the registry keeps the first
    /// silo's. Default: one day.
    /// </summary>
    public TimeSpan IntervalLength { get; set; } = TimeSpan.FromDays(1);
}

/// <summary>Identity and location of this silo's peer.</summary>
public sealed class PeerOptions
{
    /// <summary>
    /// The peer's name, also the silo's: 1 to 63 lower-case letters, digits and hyphens. Default: <c>local</c>.
    /// </summary>
    public string Id { get; set; } = "local";

    /// <summary>Its region. Default: <c>local</c>.</summary>
    public string Region { get; set; } = "local";

    /// <summary>Its zone within the region. Default: <c>local</c>.</summary>
    public string Zone { get; set; } = "local";

    /// <summary>Whether it stores replicas; otherwise it only coordinates. Default: true.</summary>
    public bool Stores { get; set; } = true;

    /// <summary>
    /// Its HTTP address, shown to operators. Default: where HTTP listens; where that is every address of the machine, the silo's address and the HTTP port.
    /// </summary>
    public string Endpoint { get; set; } = "";
}

/// <summary>How many copies of events are kept, and where.</summary>
public sealed class ReplicationOptions
{
    /// <summary>Replicas of each event, 1 to 15. Default: 1.</summary>
    public int Factor { get; set; } = 1;

    /// <summary>How many of these go to other zones of the coordinator's region. Default: 0.</summary>
    public int OtherZoneReplicas { get; set; }

    /// <summary>How many of these go to other regions. Default: 0.</summary>
    public int OtherRegionReplicas { get; set; }

    /// <summary>
    /// The least number of zones for the replicas of an event, as far as peers are registered there; a put's <c>MinZones</c> is about the copies that
    /// its answer waits for. Refused at the start if the options above can never satisfy it. Default: 1, that is no demand.
    /// </summary>
    public int MinZones { get; set; } = 1;

    /// <summary>
    /// The least number of regions for the replicas of an event, as far as peers are registered there. Default: 1, that is no demand.
    /// </summary>
    public int MinRegions { get; set; } = 1;

    /// <summary>
    /// Whether puts are accepted when fewer peers are registered than <see cref="Factor"/>, as long as the commit level can be reached. The level is
    /// still computed from the factor, and repair adds copies later. Default: false.
    /// </summary>
    public bool AllowUnderReplicated { get; set; }

    /// <summary>Replicas that a put waits for unless it says otherwise. Default: QUORUM.</summary>
    public CommitLevel CommitLevel { get; set; } = CommitLevel.Quorum;

    /// <summary>
    /// In a store of several clusters: whether another peer keeps the copy that a region which is cut off should have. Default: it does.
    /// </summary>
    public WhenRegionCutOff WhenRegionCutOff { get; set; } = WhenRegionCutOff.Keep;

    /// <summary>
    /// Whether a copyset may have put-only peers as members, for example nodes of the original alldata: they count toward the commit level, and their
    /// copies are believed, not seen. Default: false.
    /// </summary>
    public bool UsePutOnlyPeers { get; set; }

    /// <summary>Copysets that a coordinator uses at a time, 1 to 1,024. Default: 16.</summary>
    public int Copysets { get; set; } = 16;

    /// <summary>The policy for placing replicas, in the form that placement takes.</summary>
    internal PlacementPolicy ToPolicy() => new()
    {
        ReplicationFactor = Factor,
        OtherZoneReplicas = OtherZoneReplicas,
        OtherRegionReplicas = OtherRegionReplicas,
        Spread = new SpreadDemand(MinZones, MinRegions),
        AllowUnderReplicated = AllowUnderReplicated,
        OwesCutOffRegions = WhenRegionCutOff == WhenRegionCutOff.Owe,
    };
}

/// <summary>What becomes of the copy that a region should have while it is cut off.</summary>
public enum WhenRegionCutOff
{
    /// <summary>Another peer that can be reached keeps the block; the region fetches it when it can be reached again.</summary>
    Keep = 0,

    /// <summary>
    /// There is one copy fewer until the region can be reached again, as long as the put can be committed without: it saves disk. A put that cannot gets a
    /// spare all the same.
    /// </summary>
    Owe = 1,
}

/// <summary>Sizes and counts.</summary>
public sealed class LimitOptions
{
    /// <summary>Largest event, bytes. Default: 1 MiB.</summary>
    public int MaxEventBytes { get; set; } = 1 << 20;

    /// <summary>Most events of a put of many, and most keys of a reservation. Default: 1,000.</summary>
    public int MaxPutManyEvents { get; set; } = 1_000;

    /// <summary>The limit of <see cref="MaxPutManyEvents"/>: that many keys are looked up at once.</summary>
    internal const int MostPutManyEvents = 10_000;

    /// <summary>Most payload bytes of a put of many. Default: 8 MiB.</summary>
    public int MaxPutManyBytes { get; set; } = 8 << 20;

    /// <summary>Most events of a block. Default: 4,096.</summary>
    public int MaxBlockEvents { get; set; } = 4_096;

    /// <summary>Most bytes of a block's records. Default: 4 MiB.</summary>
    public int MaxBlockBytes { get; set; } = 4 << 20;

    /// <summary>
    /// Blocks of a batcher that may be in flight to their commit level at once; puts that arrive meanwhile gather for the next one. A higher number
    /// means smaller blocks, each with its calls and flushes. Default: 2.
    /// </summary>
    public int MaxBlocksInFlight { get; set; } = 2;

    /// <summary>Most bytes of events that a silo's coordinators have in flight; beyond that puts are answered Overloaded. Default: 64 MiB.</summary>
    public long MaxWaitingBytes { get; set; } = 64L << 20;

    /// <summary>Bytes of a message between silos, at most, unless larger puts are configured.</summary>
    internal const int UsualMessageBytes = 32 << 20;

    /// <summary>Bytes of a message between silos, at most, whatever carries it: it is held in memory whole before it is read.</summary>
    internal int LargestMessageBytes => (int)Math.Min(
        Math.Max(UsualMessageBytes, 2 * Math.Max((long)MaxPutManyBytes, Math.Max((long)MaxBlockBytes, MaxEventBytes))), int.MaxValue);

    /// <summary>
    /// Bytes that must be free on the disk of the data directory for the peer to take new blocks, where they are kept in files. With less it refuses them, and
    /// other peers take them; when an eighth more is free, it takes them again. 0: no such rule; the disk then fills up, and a peer whose disk is full must be
    /// restarted. Default: a hundredth of the disk, 1 GiB at most.
    /// </summary>
    public long? MinFreeBytes { get; set; }

    /// <summary>Concurrent scans of a silo; each takes some tens of megabytes. Beyond that a scan is refused. Default: 8.</summary>
    public int MaxScans { get; set; } = 8;

    /// <summary>
    /// Concurrent scans of one caller at a silo: of a principal, and over HTTP without principals of an address. Beyond that a scan is refused, and others are
    /// served. Default: 4, half of <see cref="MaxScans"/>.
    /// </summary>
    public int MaxScansPerPrincipal { get; set; } = 4;

    /// <summary>Readers that may follow through a silo at once. They share its reading. Beyond that one is refused. Default: 1,024.</summary>
    public int MaxFollowers { get; set; } = 1_024;

    /// <summary>
    /// Readers of one caller that may follow through a silo at once: of a principal, and over HTTP without principals of an address. Default: 256.
    /// </summary>
    public int MaxFollowersPerPrincipal { get; set; } = 256;

    /// <summary>
    /// Slowest reading of a scan, bytes per second: a reader may fall behind it by a minute, then its scan ends, over HTTP with its connection. Time in which
    /// the store looks for events does not count. 0: only a minute's silence ends it. Default: 65,536 (64 KiB/s).
    /// </summary>
    public long ScanMinBytesPerSecond { get; set; } = 65_536;
}

/// <summary>Times.</summary>
public sealed class DeadlineOptions
{
    /// <summary>
    /// Longest deadline that a put may have: below the 30 s after which Orleans gives a call up, so that the answer is the put's own.
    /// </summary>
    public static readonly TimeSpan LongestPut = TimeSpan.FromSeconds(25);

    // A clock's answer is worth less the longer it took.
    internal static readonly TimeSpan Clock = TimeSpan.FromSeconds(2);

    /// <summary>How long a scan waits for a silo that only says how far it is safe.</summary>
    internal TimeSpan Watermark => Clock < Read ? Clock : Read;

    /// <summary>
    /// After this time at the latest, a replica that has not answered is replaced. A peer that usually answers fast is replaced sooner, see
    /// <see cref="ShortestReplica"/>. Default: 2 s.
    /// </summary>
    public TimeSpan Replica { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How soon a replica that has not answered may be replaced while a caller waits for it. Between this and <see cref="Replica"/> the deadline is several
    /// times what the peer usually needs. As long as <see cref="Replica"/>: the deadline does not adapt. Default: 0.2 s.
    /// </summary>
    public TimeSpan ShortestReplica { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>After this time a put answers that its outcome is unknown, unless the put sets its own deadline. Default: 10 s.</summary>
    public TimeSpan Put { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// When a put has waited this long for its block to leave, puts that arrive after it are answered Overloaded at once. Longer than <see
    /// cref="Replica"/>, so that a peer that falls silent delays puts instead of failing them. Default: 3 s.
    /// </summary>
    public TimeSpan Queue { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// After this a scan goes on without a peer that has not answered, and says so. Longer than <see cref="Replica"/>, because a page is read
    /// from disk. Default: 10 s.
    /// </summary>
    public TimeSpan Read { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How far ahead key time is leased on disk, a minute at most. Default: 5 s.</summary>
    public TimeSpan KeyLease { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a silo asks the registry for a newer topology, in addition to notifications. Default: 5 s.</summary>
    public TimeSpan TopologyRefresh { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a start waits for the registry before it continues with the topology it remembers, or unready. Default: 15 s.</summary>
    public TimeSpan Announcement { get; set; } = TimeSpan.FromSeconds(15);
}
