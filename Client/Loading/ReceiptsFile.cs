using System.Text.Json;
using AllData.Client.Output;
using AllData.Replication;

namespace AllData.Client.Loading;

/// <summary>Takes one JSON receipt for each line that was acknowledged, in the order of the acknowledgements.</summary>
internal sealed class ReceiptsFile(Stream? destination) : IAsyncDisposable
{
    private readonly Lock _lock = new();

    /// <summary>Creates the file, over one that is there; without a path receipts are forgotten.</summary>
    public static ReceiptsFile Create(string? path) =>
        new(path is null ? null : new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 64 * 1024));

    /// <summary>Writes a receipt.</summary>
    public void Write(EventLine line, PutReceipt receipt)
    {
        if (destination is null)
        {
            return;
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(LineReceiptJson.Of(line.Number, receipt), JsonOutput.Options);
        lock (_lock)
        {
            destination.Write(json);
            destination.WriteByte((byte)'\n');
        }
    }

    /// <summary>Hands what was written to the operating system: a receipt is worth most when this process dies.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            destination?.Flush();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => destination?.DisposeAsync() ?? ValueTask.CompletedTask;
}
