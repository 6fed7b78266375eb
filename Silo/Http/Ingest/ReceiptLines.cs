using System.Buffers;
using System.Globalization;
using System.Text.Json;
using AllData.Errors;
using AllData.Events;
using AllData.Puts;
using AllData.Reading;
using AllData.Replication;

namespace AllData.Silo.Http.Ingest;

/// <summary>
/// Writes a line for each line: <c>{"line":…,"key":…,"outcome":…,"adherence":…,"replicas":[…]}</c> or <c>{"line":…,"error":{…}}</c>, with
/// what a receipt says of regions. What the events of a block have in common is rendered once.
/// </summary>
internal sealed class ReceiptLines(IBufferWriter<byte> output) : ILineOutcomes
{
    // 9,223,372,036,854,775,807 without its commas.
    private const int LongestNumber = 19;

    private readonly KeyText _keys = new();
    private PutAnswer? _rendered;
    private byte[] _common = [];

    public void OnStored(long line, EventKey key, PutAnswer answer)
    {
        if (!ReferenceEquals(answer, _rendered))
        {
            _rendered = answer;
            _common = Render(answer);
        }

        BeginLine(line, ",\"key\":\""u8);
        _keys.Write(output.GetSpan(EventKey.TextLength)[..EventKey.TextLength], key);
        output.Advance(EventKey.TextLength);
        output.Write(_common);
    }

    public void OnFailed(long line, EventKey? key, PutException error)
    {
        BeginLine(line, ",\"error\":"u8);
        output.Write(JsonSerializer.SerializeToUtf8Bytes(Problems.From(error), Documents.Options));
        output.Write("}\n"u8);
    }

    /// <summary>Writes the last line: an answer without it was cut off.</summary>
    public void WriteEnd(IngestReport report)
    {
        output.Write(JsonSerializer.SerializeToUtf8Bytes(new { End = report.ToDocument(withErrors: false) }, Documents.Options));
        output.Write("\n"u8);
    }

    private void BeginLine(long line, ReadOnlySpan<byte> next)
    {
        output.Write("{\"line\":"u8);
        line.TryFormat(output.GetSpan(LongestNumber), out var written, provider: CultureInfo.InvariantCulture);
        output.Advance(written);
        output.Write(next);
    }

    /// <summary>What follows the key.</summary>
    private static byte[] Render(PutAnswer answer)
    {
        var common = JsonSerializer.SerializeToUtf8Bytes(LineReceiptDocument.Of(answer), Documents.Options);
        return [.. "\","u8, .. common.AsSpan(1), (byte)'\n'];
    }
}
