namespace AllData.Tests.Support;

/// <summary>What is done to a peer.</summary>
internal enum FaultKind
{
    /// <summary>kill -9, started again after a while.</summary>
    Kill = 0,

    /// <summary>Stopped in the middle of whatever it does, then let go on.</summary>
    Pause = 1,

    /// <summary>Stopped in good order and started again.</summary>
    Restart = 2,

    /// <summary>Killed, its data directory emptied, started again.</summary>
    Wipe = 3,

    /// <summary>Its disk is full for a while; then there is room again, and it is started again.</summary>
    FullDisk = 4,

    /// <summary>Killed, some bytes of its files flipped, started again.</summary>
    FlippedBytes = 5,
}

/// <summary>A fault to come.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Peer">The peer: a number, counted round the peers that are not in trouble yet.</param>
/// <param name="Length">How long the peer is away, its start not counted.</param>
/// <param name="Rest">How long nothing is done afterwards.</param>
/// <param name="Seed">Chance for what the fault does.</param>
internal sealed record Fault(FaultKind Kind, int Peer, TimeSpan Length, TimeSpan Rest, int Seed);
