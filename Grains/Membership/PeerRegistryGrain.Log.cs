using AllData.Peers;
using Microsoft.Extensions.Logging;

namespace AllData.Membership;

internal sealed partial class PeerRegistryGrain
{
    [LoggerMessage(LogLevel.Information, "Topology {Version}: {Order} {Peer}")]
    private partial void LogChanged(string order, PeerId peer, long version);

    [LoggerMessage(LogLevel.Warning, "The registry's database failed at {Order} {Peer}; the registry reads it again before its next change")]
    private partial void LogNotKept(Exception exception, string order, PeerId peer);

    [LoggerMessage(
        LogLevel.Warning, "Topology {Version}: others take the place of peer {Peer} in its copysets, up to its directory of ordinal {Ordinal}: {Reason}")]
    private partial void LogReplaced(string peer, int ordinal, ReplacementReason reason, long version);

    [LoggerMessage(LogLevel.Information, "Topology {Version}: peer {Peer} has its place in the copysets of its directory of ordinal {Ordinal} again")]
    private partial void LogTakenBack(string peer, int ordinal, long version);

    [LoggerMessage(LogLevel.Error, "The registry's state has an entry that cannot be read, and goes on without it: {Entry}. Restore its database from "
        + "before that entry")]
    private partial void LogUnreadable(string entry);

    [LoggerMessage(LogLevel.Warning, "What would be left without peer {Peer} was not counted to the end within {Patience}; it is not dropped")]
    private partial void LogNotCounted(PeerId peer, TimeSpan patience);

    [LoggerMessage(LogLevel.Warning, "Which peers have been away for long could not be kept; the registry looks again in a moment")]
    private partial void LogAwayNotKept(Exception exception);

    [LoggerMessage(LogLevel.Debug, "Peer {Peer} has not said yet which ordinals its silo has seen given; it is asked again")]
    private partial void LogNotHeard(Exception failure, PeerId peer);
}
