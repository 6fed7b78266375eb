using AllData.Peers;
using Microsoft.Extensions.Logging;

namespace AllData.Membership;

internal sealed partial class PeerLifecycle
{
    [LoggerMessage(LogLevel.Information, "Peer {Peer} announced: ordinal {Ordinal}, topology {Version}")]
    private partial void LogAnnounced(PeerId peer, int? ordinal, long version);

    [LoggerMessage(LogLevel.Warning, "Peer {Peer} refused by the registry: {Reason}")]
    private partial void LogRefused(PeerId peer, string reason);

    [LoggerMessage(LogLevel.Warning, "The registry did not answer peer {Peer}, which goes on with the topology it has and asks again: {Reason}")]
    private partial void LogRegistryAway(PeerId peer, string reason);

    [LoggerMessage(LogLevel.Debug, "Why the registry did not answer peer {Peer}")]
    private partial void LogRegistryFailure(Exception exception, PeerId peer);

    [LoggerMessage(LogLevel.Error, "The registry is at topology {Registry}, behind {Known} which this silo has: its database has lost changes. "
        + "Announcing again")]
    private partial void LogRegistryBehind(long registry, long known);

    [LoggerMessage(LogLevel.Error, "Peer {Peer} takes no new blocks: {Reason}")]
    private partial void LogReadOnly(PeerId peer, string reason);

    [LoggerMessage(LogLevel.Information, "Peer {Peer} takes new blocks again")]
    private partial void LogWritableAgain(PeerId peer);

    [LoggerMessage(LogLevel.Critical, "Peer {Peer} cannot go on: the silo stops")]
    private partial void LogUnusable(Exception exception, PeerId peer);
}
