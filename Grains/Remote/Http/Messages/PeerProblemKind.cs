namespace AllData.Remote.Http.Messages;

/// <summary>What a refusal is called, and its status.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Name">Last part of the problem's type.</param>
/// <param name="Title">The same for every occurrence.</param>
internal sealed record PeerProblemKind(int Status, string Name, string Title)
{
    /// <summary>The question cannot be read.</summary>
    public static readonly PeerProblemKind Malformed = new(400, "malformed-message", "The message cannot be read");

    /// <summary>There is no such version of the protocol, or no such call in it.</summary>
    public static readonly PeerProblemKind UnknownCall = new(404, "unknown-call", "There is no such call");

    /// <summary>The version of the protocol is not spoken here.</summary>
    public static readonly PeerProblemKind UnknownVersion = new(404, "unknown-version", "The version is not spoken here");

    /// <summary>The peer is not one of this cluster.</summary>
    public static readonly PeerProblemKind UnknownPeer = new(404, "unknown-peer", "The peer is not one of this cluster");

    /// <summary>Not POST.</summary>
    public static readonly PeerProblemKind WrongMethod = new(405, "wrong-method", "Every call is a POST");

    /// <summary>The body comes too slowly.</summary>
    public static readonly PeerProblemKind TooSlow = new(408, "message-too-slow", "The message comes too slowly");

    /// <summary>The length of the body is not announced.</summary>
    public static readonly PeerProblemKind LengthRequired = new(411, "length-required", "A message announces its length");

    /// <summary>The asking cluster was dropped from the store.</summary>
    public static readonly PeerProblemKind ClusterDropped = new(410, "cluster-dropped", "The asking cluster was dropped from the store");

    /// <summary>The body is longer than a message may be.</summary>
    public static readonly PeerProblemKind TooLarge = new(413, "message-too-large", "The message is too large");

    /// <summary>It is meant for another store.</summary>
    public static readonly PeerProblemKind OtherStore = new(421, "other-store", "The call is meant for another store");

    /// <summary>A value of the question breaks the rules of its type.</summary>
    public static readonly PeerProblemKind InvalidValue = new(422, "invalid-value", "A value does not follow its rules");

    /// <summary>More is asked at once than is answered.</summary>
    public static readonly PeerProblemKind QuestionTooLarge = new(422, "question-too-large", "The question is too large");

    /// <summary>The headers are larger than the protocol's ever are.</summary>
    public static readonly PeerProblemKind HeadersTooLarge = new(431, "headers-too-large", "The headers are too large");

    /// <summary>The peer's silo failed in a way that was not foreseen.</summary>
    public static readonly PeerProblemKind Failed = new(500, "peer-failed", "The call failed");

    /// <summary>The peer's store cannot be read or written.</summary>
    public static readonly PeerProblemKind StoreFailed = new(500, "store-failed", "The peer's store failed");

    /// <summary>The peer's silo cannot be reached in its own cluster.</summary>
    public static readonly PeerProblemKind Unreachable = new(502, "peer-unreachable", "The peer cannot be reached");

    /// <summary>No silo hosts the peer.</summary>
    public static readonly PeerProblemKind NotHosted = new(503, "peer-not-hosted", "No silo hosts the peer");

    /// <summary>The silo does not know its cluster yet.</summary>
    public static readonly PeerProblemKind NotReady = new(503, "not-ready", "The silo is starting");

    /// <summary>No key can be issued by the peer's silo.</summary>
    public static readonly PeerProblemKind KeysUnavailable = new(503, "keys-unavailable", "No key can be issued there now");

    /// <summary>Too much is in flight.</summary>
    public static readonly PeerProblemKind Overloaded = new(503, "overloaded", "Too much is in flight");

    /// <summary>The peer has not answered in its own cluster.</summary>
    public static readonly PeerProblemKind Silent = new(504, "peer-silent", "The peer does not answer");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<PeerProblemKind> All { get; } =
    [
        Malformed, UnknownCall, UnknownVersion, UnknownPeer, WrongMethod, TooSlow, ClusterDropped, LengthRequired, TooLarge, OtherStore, InvalidValue,
        QuestionTooLarge, HeadersTooLarge, Failed, StoreFailed, Unreachable, NotHosted, NotReady, KeysUnavailable, Overloaded, Silent,
    ];
}
