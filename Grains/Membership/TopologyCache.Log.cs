using Microsoft.Extensions.Logging;

namespace AllData.Membership;

internal sealed partial class TopologyCache
{
    [LoggerMessage(LogLevel.Information, "Topology {Version} with {Peers} peers recalled from disk")]
    private partial void LogRecalled(long version, int peers);

    [LoggerMessage(LogLevel.Error, "Topology {Version} on disk does not have this data directory in it and is not used; the registry is asked")]
    private partial void LogNotOurs(long version);

    [LoggerMessage(LogLevel.Error, "Topology {Version} is not taken over, {Known} stays: {Reason}. See that all silos use one cluster database")]
    private partial void LogNotBelieved(long version, long known, string reason);

    [LoggerMessage(LogLevel.Information, "Topology {Version} with {Peers} peers taken over")]
    private partial void LogTakenOver(long version, int peers);

    [LoggerMessage(LogLevel.Warning, "Topology {Version} could not be kept on disk; a start without the registry would use an older one")]
    private partial void LogNotKept(Exception exception, long version);
}
