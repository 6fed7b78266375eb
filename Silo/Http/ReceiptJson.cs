using System.Buffers;
using System.Text.Json;
using AllData.Replication;

namespace AllData.Silo.Http;

/// <summary>
/// A receipt as HTTP shows it. It is the answer to every put, so it is written straight away, with what a thread has for it, and not built as a
/// document first.
/// </summary>
internal sealed class ReceiptJson
{
    private static readonly PutReceiptJsonConverter Converter = new();

    [ThreadStatic]
    private static ReceiptJson? OfThread;

    private readonly ArrayBufferWriter<byte> _bytes = new(1_024);
    private readonly Utf8JsonWriter _json;

    private ReceiptJson() => _json = new Utf8JsonWriter(_bytes, new JsonWriterOptions { Encoder = Documents.Encoder });

    /// <summary>Writes a receipt as the whole answer; the server sends it together with the head.</summary>
    public static void Write(HttpContext context, int status, PutReceipt receipt)
    {
        var bytes = (OfThread ??= new ReceiptJson()).Render(receipt);
        var response = context.Response;
        response.StatusCode = status;
        response.Headers.Location = "/events/" + receipt.Key;
        response.ContentType = Documents.Json;
        response.ContentLength = bytes.Length;
        response.BodyWriter.Write(bytes);
    }

    private ReadOnlySpan<byte> Render(PutReceipt receipt)
    {
        _bytes.ResetWrittenCount();
        _json.Reset(_bytes);
        Converter.Write(_json, receipt, Documents.Options);
        _json.Flush();
        return _bytes.WrittenSpan;
    }
}
