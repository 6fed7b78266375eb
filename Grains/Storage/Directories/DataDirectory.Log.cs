using Microsoft.Extensions.Logging;

namespace AllData.Storage.Directories;

internal sealed partial class DataDirectory
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Damage}")]
    private partial void LogLeaseDamaged(string damage);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The saved topology {Path} is ignored: {Reason}. The silo waits for the registry's.")]
    private partial void LogTopologyIgnored(string path, string reason);
}
