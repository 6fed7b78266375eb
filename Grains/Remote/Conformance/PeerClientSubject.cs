using AllData.Peers;

namespace AllData.Remote.Conformance;

/// <summary>A peer client that is to be checked, and a peer that it reaches: one of a store that is for this alone, because blocks stay there.</summary>
public sealed record PeerClientSubject
{
    /// <summary>The client.</summary>
    public required IPeerClient Client { get; init; }

    /// <summary>A peer that answers.</summary>
    public required PeerId Peer { get; init; }

    /// <summary>Where it is.</summary>
    public required string Address { get; init; }

    /// <summary>The store that the peer belongs to; blocks are of it.</summary>
    public required Guid Store { get; init; }

    /// <summary>An address at which connections are taken and nothing is ever answered; null: silence is not checked.</summary>
    public string? SilentAddress { get; init; }

    /// <summary>An address at which no peer is; null: that is not checked.</summary>
    public string? UnreachableAddress { get; init; }

    /// <summary>Ends the peer's process and starts it on its data again; null: what a restart leaves is not checked.</summary>
    public Func<Task>? RestartAsync { get; init; }

    /// <summary>After this a call that has not ended never will. Default: 60 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The clock that keys are made with. Default: that of the system.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
