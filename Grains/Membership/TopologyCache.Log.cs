using Microsoft.Extensions.Logging;

namespace AllData.Membership;

internal sealed partial class TopologyCache
{
    [LoggerMessage(LogLevel.Information, "Topology {Version} with {Peers} peers recalled from disk")]
    private partial void LogRecalled(long version, int peers);

    [LoggerMessage(LogLevel.Information, "Topology {Version} with {Peers} peers taken over")]
    private partial void LogTakenOver(long version, int peers);

    [LoggerMessage(LogLevel.Warning, "Topology {Version} could not be kept on disk; a start without the registry would use an older one")]
    private partial void LogNotKept(Exception exception, long version);
}
