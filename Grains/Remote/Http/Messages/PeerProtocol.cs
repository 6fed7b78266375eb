namespace AllData.Remote.Http.Messages;

/// <summary>What both ends of the peer protocol know of it (docs/peer-protocol.md).</summary>
internal static class PeerProtocol
{
    /// <summary>The version that is spoken.</summary>
    public const string Version = "1";

    /// <summary>What each path begins with.</summary>
    public const string Root = "/alldata/peers/";

    /// <summary>The header with the id of the store.</summary>
    public const string StoreHeader = "alldata-store";

    /// <summary>What a message is.</summary>
    public const string MediaType = "application/octet-stream";

    /// <summary>What a refusal is.</summary>
    public const string ProblemMediaType = "application/problem+json";

    /// <summary>Bytes of a refusal, at most.</summary>
    public const int MaxProblemBytes = 64 << 10;
}
