namespace AllData.Silo.Hosting;

internal sealed partial class SiloRun
{
    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Peer {Peer} takes events at {Address}, Orleans clients at port {GatewayPort}, data in {DataDirectory}.")]
    private partial void LogStarted(string peer, string address, int gatewayPort, string dataDirectory);

    [LoggerMessage(Level = LogLevel.Information, Message = "Standard input has ended: the process that started this silo is stopping it, or is gone.")]
    private partial void LogInputEnded();

    [LoggerMessage(
        Level = LogLevel.Critical,
        Message = "The silo has not stopped within {Seconds} s and is ended; what was acknowledged is on disk.")]
    private partial void LogStopHangs(double seconds);

    [LoggerMessage(LogLevel.Warning, "{Warning}")]
    private partial void LogOpen(string warning);

    [LoggerMessage(LogLevel.Information, "New events are encrypted with key {Key}")]
    private partial void LogEncrypted(string key);

    [LoggerMessage(LogLevel.Warning, "New events are not encrypted: of AllData:Encryption, OtherKeyFiles is set and KeyFile is not")]
    private partial void LogNotEncrypted();
}
