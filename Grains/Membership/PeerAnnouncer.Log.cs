using AllData.Peers;
using Microsoft.Extensions.Logging;

namespace AllData.Membership;

internal sealed partial class PeerAnnouncer
{
    [LoggerMessage(LogLevel.Information, "Peer {Peer} announced: ordinal {Ordinal}, topology {Version}")]
    private partial void LogAnnounced(PeerId peer, int? ordinal, long version);

    [LoggerMessage(LogLevel.Warning, "Peer {Peer} refused by the registry: {Reason}")]
    private partial void LogRefused(PeerId peer, string reason);

    [LoggerMessage(LogLevel.Warning, "The registry did not answer peer {Peer}; it goes on with the topology it has and asks again")]
    private partial void LogRegistryAway(Exception exception, PeerId peer);

    [LoggerMessage(LogLevel.Error, "Peer {Peer} is read-only until it is restarted: {Reason}")]
    private partial void LogReadOnly(PeerId peer, string reason);

    [LoggerMessage(LogLevel.Error, "Peer {Peer} cannot use its data; it takes no replicas until it is restarted")]
    private partial void LogUnusable(Exception exception, PeerId peer);
}
