using System.Text.Json;
using AllData.Client.Terminals;
using AllData.Replication;

namespace AllData.Client.Put;

/// <summary>
/// Takes one JSON receipt for each line that was acknowledged, in the order of the acknowledgements. When the file can take no more,
/// <see cref="Failure"/> says so, and what it holds ends with a whole line.
/// </summary>
internal sealed class ReceiptsFile(Stream? destination) : IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly MemoryStream _waiting = new();
    private long _wholeBytes;

    /// <summary>Why receipts are missing from the file; null while none are.</summary>
    public string? Failure { get; private set; }

    /// <summary>Creates the file, over one that is there; without a path receipts are forgotten.</summary>
    public static ReceiptsFile Create(string? path) =>
        new(path is null ? null : new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0));

    public void Write(EventLine line, PutReceipt receipt)
    {
        if (destination is null)
        {
            return;
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(LineReceiptJson.Of(line.Number, receipt), JsonOutput.Options);
        lock (_lock)
        {
            _waiting.Write(json);
            _waiting.WriteByte((byte)'\n');
            if (_waiting.Length >= BufferBytes)
            {
                WriteOut();
            }
        }
    }

    /// <summary>Hands what was written to the operating system: a receipt is worth most when this process dies.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            WriteOut();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => destination?.DisposeAsync() ?? ValueTask.CompletedTask;

    private void WriteOut()
    {
        if (destination is null || _waiting.Length == 0)
        {
            return;
        }

        try
        {
            if (Failure is null)
            {
                destination.Write(_waiting.GetBuffer(), 0, (int)_waiting.Length);
                destination.Flush();
                _wholeBytes += _waiting.Length;
            }
        }
        catch (IOException e)
        {
            Failure = e.Message;
            CutOff();
        }

        _waiting.SetLength(0);
    }

    private void CutOff()
    {
        try
        {
            if (destination!.CanSeek)
            {
                destination.SetLength(_wholeBytes);
            }
        }
        catch (Exception e) when (e is IOException or NotSupportedException or ArgumentException or UnauthorizedAccessException)
        {
            // Reported already: receipts are missing.
        }
    }
}
