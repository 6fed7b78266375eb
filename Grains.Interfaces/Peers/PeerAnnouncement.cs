namespace AllData.Peers;

/// <summary>What a silo reports of its own peer when it starts.</summary>
/// <param name="Peer">The peer's name.</param>
/// <param name="Location">Its configured region and zone; it wins over a location that was set by <c>Move</c>.</param>
/// <param name="Stores">Whether it stores.</param>
/// <param name="Directory">The identity of its data directory.</param>
/// <param name="ClusterId">The cluster that the directory belongs to; empty when it is new.</param>
/// <param name="IntervalLength">The interval length that the silo is configured for.</param>
/// <param name="Endpoint">Its HTTP address, for people; may be empty.</param>
/// <param name="SiloAddress">The silo that hosts it.</param>
/// <param name="KnownOrdinal">The ordinal that the directory was given before; 0 when it remembers none.</param>
/// <param name="KnownVersion">The topology version that the directory remembers; 0 when none. A registry behind it has lost changes.</param>
[GenerateSerializer, Immutable, Alias("AllData.PeerAnnouncement")]
public sealed record PeerAnnouncement(
    [property: Id(0)] PeerId Peer,
    [property: Id(1)] PeerLocation Location,
    [property: Id(2)] bool Stores,
    [property: Id(3)] Guid Directory,
    [property: Id(4)] Guid ClusterId,
    [property: Id(5)] TimeSpan IntervalLength,
    [property: Id(6)] string Endpoint,
    [property: Id(7)] SiloAddress SiloAddress,
    [property: Id(8)] int KnownOrdinal,
    [property: Id(9)] long KnownVersion)
{
    /// <summary>The highest ordinal that the silo's topology knows of; 0 when it knows none. A registry that was restored has forgotten the last
    /// ones.</summary>
    [Id(10)]
    public int HighestOrdinal { get; init; }

    /// <summary>All ordinals that the directory has ever seen given, as <c>AllData.Federation.SeenOrdinals</c> writes them; empty from an older silo.</summary>
    [Id(11)]
    public string SeenOrdinals { get; init; } = "";

    /// <summary>The version of the federation document that the silo was started with; 0 where it has none, and from an older silo.</summary>
    [Id(12)]
    public int DocumentVersion { get; init; }

    /// <summary>
    /// The public key of the data directory: ECDSA P-256, base64 of the SubjectPublicKeyInfo (RFC 5280, RFC 5480); empty from an older silo, which signs
    /// nothing.
    /// </summary>
    [Id(13)]
    public string PublicKey { get; init; } = "";
}
