namespace AllData.Tests.Support;

/// <summary>What is sent in one go over one connection.</summary>
/// <param name="Kind">The generator's name.</param>
/// <param name="Bytes">All bytes.</param>
/// <param name="Requests">The requests in them, where each is framed as HTTP wants it and gets an answer; empty where it is not known what comes back.</param>
internal sealed record FuzzCase(string Kind, byte[] Bytes, params FuzzRequest[] Requests)
{
    /// <summary>How the connection ends after that.</summary>
    public FuzzEnding Ending { get; init; }
}

/// <summary>How a connection ends after a case.</summary>
internal enum FuzzEnding
{
    /// <summary>It does not: the next case may use it.</summary>
    StaysOpen = 0,

    /// <summary>This side sends no more.</summary>
    SendsNoMore = 1,

    /// <summary>With a reset.</summary>
    Resets = 2,
}

/// <summary>One request that is framed as HTTP wants it.</summary>
/// <param name="Bytes">Its bytes.</param>
/// <param name="IsHead">Whether its answer has no body.</param>
internal sealed record FuzzRequest(byte[] Bytes, bool IsHead = false)
{
    /// <summary>
    /// The payloads that it puts, each at its line, from 0; or null where it puts nothing or that is not known, because a byte of them was changed after they
    /// were compressed.
    /// </summary>
    public byte[][]? Lines { get; init; }

    /// <summary>Whether it must be taken: there is nothing wrong with it.</summary>
    public bool IsValid { get; init; }
}
