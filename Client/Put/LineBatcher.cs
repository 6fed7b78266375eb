namespace AllData.Client.Put;

/// <summary>Gathers lines into batches that are bounded in number and in bytes.</summary>
internal sealed class LineBatcher(int maxEvents, int maxBytes)
{
    private List<EventLine> _lines = [];
    private long _bytes;

    /// <summary>Whether it holds no line.</summary>
    public bool IsEmpty => _lines.Count == 0;

    /// <summary>Adds a line.</summary>
    /// <returns>The batch before it, when that is full without it; otherwise null.</returns>
    public IReadOnlyList<EventLine>? Add(EventLine line)
    {
        var full = !IsEmpty && (_lines.Count == maxEvents || _bytes + line.PackedSize > maxBytes) ? Take() : null;
        _lines.Add(line);
        _bytes += line.PackedSize;
        return full;
    }

    /// <summary>Gives what it holds, and begins again.</summary>
    public IReadOnlyList<EventLine> Take()
    {
        var taken = _lines;
        (_lines, _bytes) = ([], 0);
        return taken;
    }
}
