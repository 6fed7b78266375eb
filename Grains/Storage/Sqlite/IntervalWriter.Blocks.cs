using AllData.Events;
using AllData.Protocol;
using AllData.Replication;

namespace AllData.Storage;

// One block within a transaction: new, held already, or in conflict.
internal sealed partial class IntervalWriter
{
    private AppendReply Append(Block block)
    {
        Span<byte> id = stackalloc byte[BlockId.BinaryLength];
        block.Header.Id.WriteTo(id);

        // The same block again is looked at as that, not as a conflict with itself or with another copy.
        if (block.Header.HasGivenKeys && !Holds(id) && FindConflict(block) is { } conflict)
        {
            return new AppendReply(AppendStatus.Conflict, $"Key {conflict.Key} is held with other bytes.", conflict);
        }

        if (!_insert.TryRun(block))
        {
            return ResolveDuplicate(id, block);
        }

        _tally.Add(block.Header);
        _bytesInLog += block.Bytes.Bytes.Length;
        return AppendReply.Stored;
    }

    private bool Holds(ReadOnlySpan<byte> id)
    {
        _selectById.Bind(1, id);
        var held = _selectById.Step();
        _selectById.Reset();
        return held;
    }

    private AppendReply ResolveDuplicate(ReadOnlySpan<byte> id, Block block)
    {
        _selectById.Bind(1, id);
        _selectById.Step();
        var seq = _selectById.GetInt64(0);
        var digestIsSame = EventDigest.ReadFrom(_selectById.GetBytes(1)) == block.Header.BlockDigest;
        var bytesAreSame = _selectById.GetBytes(2).SequenceEqual(block.Bytes.Bytes);
        _selectById.Reset();
        if (bytesAreSame)
        {
            return AppendReply.AlreadyStored;
        }

        if (digestIsSame)
        {
            return Mend(seq, block);
        }

        _diagnostics.OnIdHeldWithOtherBytes(block.Header.Id);
        return new AppendReply(AppendStatus.Invalid, $"Block {block.Header.Id} is held with other bytes; an id is never used twice.");
    }

    // It was this block that was stored, and its bytes have been damaged since: they would not count as a copy when read.
    private AppendReply Mend(long seq, Block block)
    {
        _mend.Bind(1, seq);
        _mend.Bind(2, block.Bytes.Bytes);
        _mend.Run();
        _diagnostics.OnCopyMended(block.Header.Id);
        return AppendReply.Stored;
    }

    private KeyConflict? FindConflict(Block block)
    {
        // Imports come in key order, mostly where nothing is yet: one look spares one for each key.
        if (!_finder.AnyWithin(block.Header.FirstKey, block.Header.LastKey))
        {
            return null;
        }

        var reader = block.GetReader();
        while (reader.MoveNext())
        {
            var offered = reader.Current.Digest;

            // What lies in a damaged block cannot be compared. Refusing would stop every put near it; if the bytes do differ, the other
            // members, whose copies are intact, answer with the conflict, or it surfaces when the copies meet.
            var held = _finder.Find(reader.Current.Key, static found => found.Digest);
            if (held.Count > 0 && !held.Contains(offered))
            {
                return new KeyConflict(reader.Current.Key, held[0], offered);
            }
        }

        return null;
    }
}
