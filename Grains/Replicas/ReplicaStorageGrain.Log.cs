using AllData.Peers;
using Microsoft.Extensions.Logging;

namespace AllData.Replicas;

internal sealed partial class ReplicaStorageGrain
{
    [LoggerMessage(LogLevel.Error, "Peer {Peer} was sent bytes that are not an intact block; nothing was written")]
    private partial void LogRefused(Exception exception, PeerId peer);
}
