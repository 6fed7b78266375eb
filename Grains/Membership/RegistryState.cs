namespace AllData.Membership;

/// <summary>
/// The registry as it is kept in grain storage. Plain members, so that any serializer and any person can read it; <see cref="RegistryLedger"/>
/// holds the rules.
/// </summary>
[GenerateSerializer, Alias("AllData.RegistryState")]
internal sealed class RegistryState
{
    /// <summary>Rises with every change.</summary>
    [Id(0)]
    public long Version { get; set; }

    /// <summary>The cluster, made with the first change.</summary>
    [Id(1)]
    public Guid ClusterId { get; set; }

    /// <summary>Length of a consolidation interval, seconds; 0 before the first announcement.</summary>
    [Id(2)]
    public double IntervalSeconds { get; set; }

    /// <summary>Registered peers.</summary>
    [Id(3)]
    public List<RegistryPeer> Peers { get; set; } = [];

    /// <summary>Dropped peers: their silos cannot announce themselves back.</summary>
    [Id(4)]
    public List<RegistryPeer> Tombstones { get; set; } = [];

    /// <summary>Every ordinal ever given.</summary>
    [Id(5)]
    public List<RegistryOrdinal> Ordinals { get; set; } = [];

    /// <summary>The replacement log, in the order of its versions.</summary>
    [Id(6)]
    public List<RegistryReplacement> Replacements { get; set; } = [];

    /// <summary>
    /// Ordinals up to this one may have been given, including ones that the state does not know: a state restored from a backup has forgotten some.
    /// </summary>
    [Id(7)]
    public int HighestOrdinal { get; set; }

    /// <summary>The newest version of the federation document that the registry has worked with; 0 where the store is not federated.</summary>
    [Id(8)]
    public int FederationVersion { get; set; }
}

/// <summary>A registered or dropped peer.</summary>
[GenerateSerializer, Alias("AllData.RegistryPeer")]
internal sealed class RegistryPeer
{
    /// <summary>Its name.</summary>
    [Id(0)]
    public string Id { get; set; } = "";

    /// <summary>Its region.</summary>
    [Id(1)]
    public string Region { get; set; } = "";

    /// <summary>Its zone.</summary>
    [Id(2)]
    public string Zone { get; set; } = "";

    /// <summary>Whether it is draining.</summary>
    [Id(3)]
    public bool Draining { get; set; }

    /// <summary>Whether its storage refuses writes.</summary>
    [Id(4)]
    public bool ReadOnly { get; set; }

    /// <summary>Whether it stores.</summary>
    [Id(5)]
    public bool Stores { get; set; } = true;

    /// <summary>Ordinal of its present data directory.</summary>
    [Id(6)]
    public int Ordinal { get; set; }

    /// <summary>Its HTTP address as last announced.</summary>
    [Id(7)]
    public string Endpoint { get; set; } = "";

    /// <summary>Since when no silo hosts it, as far as the registry has seen, milliseconds since 1970 UTC; 0 while one does.</summary>
    [Id(8)]
    public long AwaySince { get; set; }

    /// <summary>Since when it has been draining, milliseconds since 1970 UTC; 0 while it is not, or where that is not known.</summary>
    [Id(9)]
    public long DrainingSince { get; set; }

    /// <summary>
    /// When the count began that has confirmed, while it was draining, that all it holds has its copies elsewhere; 0 while nothing is confirmed.
    /// </summary>
    [Id(10)]
    public long ConfirmedAt { get; set; }

    /// <summary>The client that reaches it, where it only takes events and no silo hosts it; empty for a peer of a silo.</summary>
    [Id(11)]
    public string Client { get; set; } = "";

    /// <summary>Where that client reaches it.</summary>
    [Id(12)]
    public string Address { get; set; } = "";

    /// <summary>The version of the federation document that its silo was started with last; 0 where there was none.</summary>
    [Id(13)]
    public int DocumentVersion { get; set; }
}

/// <summary>An ordinal, given once.</summary>
[GenerateSerializer, Alias("AllData.RegistryOrdinal")]
internal sealed class RegistryOrdinal
{
    /// <summary>The ordinal.</summary>
    [Id(0)]
    public int Ordinal { get; set; }

    /// <summary>The peer that it was given to.</summary>
    [Id(1)]
    public string Peer { get; set; } = "";

    /// <summary>The data directory; empty while it waits for the peer's first one.</summary>
    [Id(2)]
    public Guid Directory { get; set; }

    /// <summary>The public key of the directory, base64 of the SubjectPublicKeyInfo; empty while none was announced.</summary>
    [Id(3)]
    public string PublicKey { get; set; } = "";

    /// <summary>When it was given to the directory, milliseconds since 1970 UTC; 0: not known.</summary>
    [Id(4)]
    public long GivenAt { get; set; }

    /// <summary>When the directory ceased to be its peer's, milliseconds since 1970 UTC; 0: not known, or it is.</summary>
    [Id(5)]
    public long EndedAt { get; set; }
}

/// <summary>An entry of the replacement log (<see cref="Peers.PeerReplacement"/>).</summary>
[GenerateSerializer, Alias("AllData.RegistryReplacement")]
internal sealed class RegistryReplacement
{
    /// <summary>The topology version that it came with.</summary>
    [Id(0)]
    public long Version { get; set; }

    /// <summary>The peer whose place others take.</summary>
    [Id(1)]
    public string Peer { get; set; } = "";

    /// <summary>The last of its ordinals for which they do.</summary>
    [Id(2)]
    public int Ordinal { get; set; }

    /// <summary>Why.</summary>
    [Id(3)]
    public Peers.ReplacementReason Reason { get; set; }

    /// <summary>The region that the peer was in.</summary>
    [Id(4)]
    public string Region { get; set; } = "";

    /// <summary>The zone that it was in.</summary>
    [Id(5)]
    public string Zone { get; set; } = "";

    /// <summary>The peers that may become a successor, ascending by ordinal.</summary>
    [Id(6)]
    public List<RegistryCandidate> Candidates { get; set; } = [];
}

/// <summary>A possible successor, as it was when the entry was made.</summary>
[GenerateSerializer, Alias("AllData.RegistryCandidate")]
internal sealed class RegistryCandidate
{
    /// <summary>The ordinal of its directory.</summary>
    [Id(0)]
    public int Ordinal { get; set; }

    /// <summary>Its region.</summary>
    [Id(1)]
    public string Region { get; set; } = "";

    /// <summary>Its zone.</summary>
    [Id(2)]
    public string Zone { get; set; } = "";
}
