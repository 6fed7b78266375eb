using AllData.Protocol.Blocks;

namespace AllData.Protocol.Scans;

/// <summary>A source of a merge gave bytes that are not whole, intact blocks: it is of no more use.</summary>
internal sealed class MergeSourceException(int source, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The source's index.</summary>
    public int SourceIndex { get; } = source;
}

/// <summary>One peer's blocks on their way into a merge: those fed and not yet opened, by first key.</summary>
internal sealed class MergeSource(int index, Action<BlockId>? onBlock = null)
{
    private ReadOnlyMemory<byte> _fed;
    private bool _isLast;

    /// <summary>Its index in the merge.</summary>
    public int Index => index;

    /// <summary>The next block; null when none is at hand.</summary>
    public BlockOutline? Head { get; private set; }

    /// <summary>Whether nothing is at hand and more may come: the merge cannot go on.</summary>
    public bool IsHungry => Head is null && !_isLast;

    /// <summary>Takes the next blocks, one directly after the other.</summary>
    /// <exception cref="MergeSourceException">The first of them is damaged.</exception>
    public void Feed(ReadOnlyMemory<byte> blocks, bool isLast)
    {
        _fed = blocks;
        _isLast = isLast;
        MoveNext();
    }

    /// <summary>Passes over the head.</summary>
    /// <exception cref="MergeSourceException">The next block is damaged.</exception>
    public void MoveNext()
    {
        Head = null;
        if (_fed.IsEmpty)
        {
            return;
        }

        try
        {
            var length = BlockCodec.LengthOf(_fed.Span);
            var head = BlockCodec.Outline(_fed[..length]);
            onBlock?.Invoke(head.Id);
            Head = head;
            _fed = _fed[length..];
        }
        catch (BlockFormatException e)
        {
            throw new MergeSourceException(index, e.Message, e);
        }
    }
}
