namespace AllData.Silo.Http.Ingest;

internal sealed partial class BatchSender
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "{Count} of {Total} events of a batch are put again under their keys: {Reason}")]
    private partial void LogPutAgain(int count, int total, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A put of {Count} events failed unexpectedly.")]
    private partial void LogUnforeseen(int count, Exception exception);
}
