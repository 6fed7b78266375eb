using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Sqlite;

// One block within a transaction: new, held already, or in conflict.
internal sealed partial class IntervalWriter
{
    private AppendReply Append(Delivery delivery)
    {
        var block = delivery.Block;
        Span<byte> id = stackalloc byte[BlockId.BinaryLength];
        block.Header.Id.WriteTo(id);

        // If the same block comes again, it is recognized as such, not as a conflict with itself or with another copy. Blocks from repair are held
        // elsewhere: both copies of a conflict are kept.
        if (block.Header.HasSuppliedKeys && !delivery.IsRepair && !Holds(id) && FindConflict(block) is { } conflict)
        {
            return new AppendReply(AppendStatus.Conflict, $"Key {conflict.Key} is held with other bytes.", conflict);
        }

        if (!_insert.TryRun(block))
        {
            return ResolveDuplicate(id, block);
        }

        _diagnostics.Known.Remove(block.Header.Id);
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
        Span<byte> digest = stackalloc byte[EventDigest.BinaryLength];
        block.Header.BlockDigest.WriteTo(digest);
        _selectById.Bind(1, id);
        _selectById.Step();
        var seq = _selectById.GetInt64(0);
        var digestIsSame = _selectById.GetBytes(1).SequenceEqual(digest);
        var bytesAreSame = _selectById.GetBytes(2).SequenceEqual(block.Bytes.Bytes);
        var columnsAreSame = digestIsSame && _selectById.GetInt64(3) == block.Header.BucketId.Value && _selectById.GetInt64(4) == block.Header.EventCount;
        _selectById.Reset();
        if (bytesAreSame && columnsAreSame)
        {
            return AppendReply.AlreadyStored;
        }

        if (bytesAreSame || digestIsSame)
        {
            return Mend(seq, block);
        }

        _diagnostics.OnIdHeldWithOtherBytes(block.Header.Id);
        return new AppendReply(AppendStatus.Invalid, $"Block {block.Header.Id} is held with other bytes; an id is never used twice.");
    }

    // It was this block that was stored, and it has been damaged since: it would not count as a copy when read. The columns of the index of keys
    // are left as they are: where they do not agree with it, the file is set aside.
    private AppendReply Mend(long seq, Block block)
    {
        Span<byte> digest = stackalloc byte[EventDigest.BinaryLength];
        block.Header.BlockDigest.WriteTo(digest);
        _mend.Bind(1, seq);
        _mend.Bind(2, block.Bytes.Bytes);
        _mend.Bind(3, digest);
        _mend.Bind(4, block.Header.BucketId.Value);
        _mend.Bind(5, block.Header.EventCount);
        _mend.Run();
        _mended.Add(block.Header.Id);
        return AppendReply.Stored;
    }

    private KeyConflict? FindConflict(Block block)
    {
        // Imports come in key order, mostly where nothing is stored yet: one look-up saves one for each key.
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
            var held = _finder.Find(reader.Current.Key, static (_, found) => found.Digest);
            if (held.Count > 0 && !held.Contains(offered))
            {
                return new KeyConflict(reader.Current.Key, held[0], offered);
            }
        }

        return null;
    }
}
