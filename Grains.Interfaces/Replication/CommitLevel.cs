using System.Text.Json.Serialization;
using AllData.Json;

namespace AllData.Replication;

/// <summary>How many durable replicas a put waits for. Computed from the requested replication factor, never from the peers that are alive.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<CommitLevel>))]
public enum CommitLevel
{
    /// <summary>One replica, on any peer.</summary>
    One = 1,

    /// <summary>⌊RF / 2⌋ + 1 replicas.</summary>
    Quorum = 2,

    /// <summary>RF replicas.</summary>
    All = 3,

    /// <summary>
    /// One replica, on the peer of the silo that takes the put: an application that shares its machine with a silo need not wait for the network. It fails
    /// where that peer stores nothing or takes no replicas now.
    /// </summary>
    Local = 4,
}

/// <summary>Whether the replicas lie where the policy wants them.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<Adherence>))]
public enum Adherence
{
    /// <summary>Held by the copyset, as far as its members have answered.</summary>
    Strict = 0,

    /// <summary>At least one holder is a replacement for a member of the copyset, or a region that is cut off is owed its copy.</summary>
    Relaxed = 1,

    /// <summary>
    /// There are fewer copies than the replication factor, because there were fewer peers or a region that is cut off is owed one; repair grows it later.
    /// </summary>
    UnderReplicated = 2,
}

/// <summary>What a successful put found.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<PutOutcome>))]
public enum PutOutcome
{
    /// <summary>The event was written by this put.</summary>
    Stored = 0,

    /// <summary>The same key with the same bytes was there already, at the commit level.</summary>
    AlreadyStored = 1,
}
