using AllData.Peers;
using Microsoft.Extensions.Logging;

namespace AllData.Membership;

internal sealed partial class HostedPeer
{
    [LoggerMessage(LogLevel.Information, "Peer {Peer} opened data directory {Path} ({Directory}, incarnation {Incarnation})")]
    private partial void LogOpened(PeerId peer, string path, Guid directory, int incarnation);

    [LoggerMessage(LogLevel.Information, "Peer {Peer} opened its store with {Intervals} intervals")]
    private partial void LogStoreOpened(PeerId peer, int intervals);
}
