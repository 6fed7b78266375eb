using Microsoft.Extensions.Logging;

namespace AllData.Storage.Directories;

internal sealed partial class DataDirectory
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Damage}")]
    private partial void LogLeaseDamaged(string damage);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Remark}")]
    private partial void LogNumbersLost(string remark);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The saved topology {Path} is ignored: {Reason}. The silo waits for the registry's.")]
    private partial void LogTopologyIgnored(string path, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The federation document that was kept in {Path} is ignored: {Reason}. Whether the configured one is older is not known")]
    private partial void LogFederationIgnored(string path, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The ordinals that were seen, in {Path}, are ignored: {Reason}. Those that the topology knows are written again")]
    private partial void LogOrdinalsIgnored(string path, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Another cluster's word in {Path}, that this silo's cluster was dropped, is ignored: {Reason}. It is heard again when that cluster is reached")]
    private partial void LogDropIgnored(string path, string reason);
}
