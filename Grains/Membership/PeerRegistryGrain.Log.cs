using AllData.Peers;
using Microsoft.Extensions.Logging;

namespace AllData.Membership;

internal sealed partial class PeerRegistryGrain
{
    [LoggerMessage(LogLevel.Information, "Topology {Version}: {Order} {Peer}")]
    private partial void LogChanged(string order, PeerId peer, long version);

    [LoggerMessage(LogLevel.Warning, "The registry's database failed at {Order} {Peer}; the registry reads afresh before its next change")]
    private partial void LogNotKept(Exception exception, string order, PeerId peer);
}
