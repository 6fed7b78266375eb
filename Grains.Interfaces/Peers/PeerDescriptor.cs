using System.Text.Json.Serialization;
using AllData.Json;

namespace AllData.Peers;

/// <summary>What the registry says of a peer, alive or not.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<PeerStatus>))]
public enum PeerStatus
{
    /// <summary>Takes new replicas.</summary>
    Active = 0,

    /// <summary>Takes no new replicas; what it holds stays readable.</summary>
    Draining = 1,

    /// <summary>Its storage failed or is full: takes no new replicas until it is restarted and has checked itself.</summary>
    ReadOnly = 2,

    /// <summary>No silo has hosted it for longer than the grace period, and others have taken its place, until its silo announces it again.</summary>
    Away = 3,
}

/// <summary>A registered peer.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Location">Its region and zone.</param>
/// <param name="Status">Whether it takes new replicas.</param>
/// <param name="Stores">Whether it stores at all; a peer that does not only coordinates.</param>
/// <param name="Ordinal">The ordinal of its present data directory.</param>
/// <param name="Directory">Its present data directory; empty until a silo has announced it.</param>
/// <param name="Endpoint">Its HTTP address as last announced, for people; may be empty.</param>
[GenerateSerializer, Immutable, Alias("AllData.PeerDescriptor")]
public sealed record PeerDescriptor(
    [property: Id(0)] PeerId Id,
    [property: Id(1)] PeerLocation Location,
    [property: Id(2)] PeerStatus Status,
    [property: Id(3)] bool Stores,
    [property: Id(4)] int Ordinal,
    [property: Id(5)] Guid Directory,
    [property: Id(6)] string Endpoint)
{
    /// <summary>
    /// The client that reaches a peer which no silo hosts and which only takes events, for example <c>alldata-http</c>; null for a peer of a silo.
    /// </summary>
    [Id(7)]
    public string? Client { get; init; }

    /// <summary>Where that client reaches it, in the client's own words; null for a peer of a silo.</summary>
    [Id(8)]
    public string? Address { get; init; }

    /// <summary>The version of the federation document that its silo was started with last; 0 where there was none, or where it is not known.</summary>
    [Id(9), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int DocumentVersion { get; init; }

    /// <summary>
    /// Whether the peer only takes events and can be asked nothing: its copies are believed, not seen. Such a peer does not count as storing.
    /// </summary>
    [JsonIgnore]
    public bool IsPutOnly => Client is not null;
}

/// <summary>A data directory that a peer has or once had, with its permanent ordinal.</summary>
/// <param name="Ordinal">1 to <see cref="Events.EventKey.MaxOrdinal"/>.</param>
/// <param name="Peer">The peer that the directory belongs to.</param>
/// <param name="Directory">The directory; empty while the ordinal waits for the first one of a peer added by hand.</param>
[GenerateSerializer, Immutable, Alias("AllData.DirectoryOrdinal")]
public sealed record DirectoryOrdinal([property: Id(0)] int Ordinal, [property: Id(1)] PeerId Peer, [property: Id(2)] Guid Directory)
{
    /// <summary>
    /// The public key of the directory, which signs for its peer: ECDSA P-256, base64 of the SubjectPublicKeyInfo (RFC 5280, RFC 5480). Empty where none was
    /// announced, and of another cluster's directory.
    /// </summary>
    [Id(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string PublicKey
    {
        // An older silo sends none.
        get => field ?? "";
        init;
    } = "";

    /// <summary>
    /// When the registry gave the ordinal to the directory: milliseconds since 1970 UTC, by the clock of the registry's silo; 0 where it did not note that, or
    /// it is another cluster's.
    /// </summary>
    [Id(4), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long GivenAt { get; init; }

    /// <summary>
    /// When the directory ceased to be its peer's, because another took its place or the peer was dropped: as <see cref="GivenAt"/>; 0 where it is not known.
    /// </summary>
    [Id(5), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long EndedAt { get; init; }
}
