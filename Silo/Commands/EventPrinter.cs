using System.Text;
using AllData.Encryption;
using AllData.Reading;
using AllData.Storage.Engine;

namespace AllData.Silo.Commands;

/// <summary>Prints events as NDJSON, like a scan.</summary>
internal sealed class EventPrinter : IDisposable
{
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly MemoryStream _lines = new();
    private readonly NdjsonWriter _writer;
    private readonly PayloadDecoder _decoder;
    private readonly bool _isWatched;

    /// <summary>Prints to two streams: events, and what is left out.</summary>
    /// <param name="output">Takes the events.</param>
    /// <param name="error">Receives notes of what is left out.</param>
    /// <param name="keys">What encrypted payloads are read with.</param>
    /// <param name="isWatched">Whether the output is a terminal: what would act on it is escaped.</param>
    public EventPrinter(TextWriter output, TextWriter error, IPayloadKeyProvider keys, bool isWatched)
    {
        _decoder = new PayloadDecoder(keys);
        _isWatched = isWatched;
        _output = output;
        _error = error;
        _writer = new NdjsonWriter(_lines);
    }

    /// <summary>Prints the events of a block; of a damaged one, a sentence on the other stream.</summary>
    public Task PrintAsync(InspectedBlock block)
    {
        if (block.Fault is not null)
        {
            return _error.WriteLineAsync($"Block {block.Id} with {block.Events} events is left out: {block.Fault}");
        }

        _lines.SetLength(0);
        for (var reader = block.GetReader(); reader.MoveNext();)
        {
            var payload = _decoder.Decode(reader.Current.Key, reader.Current.Payload, out var unreadable);
            if (unreadable is null)
            {
                _writer.Write(reader.Current.Key, payload, isConflict: false, block.Topic);
            }
            else
            {
                _writer.WriteUnreadable(unreadable, isConflict: false, block.Topic);
            }
        }

        _writer.Flush();
        var text = Encoding.UTF8.GetString(_lines.GetBuffer(), 0, (int)_lines.Length);
        return _output.WriteAsync(_isWatched ? ReadableText.EscapeLines(text) : text);
    }

    /// <inheritdoc/>
    public void Dispose() => _decoder.Dispose();
}
