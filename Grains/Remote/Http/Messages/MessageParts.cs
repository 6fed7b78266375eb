using AllData.Events;
using AllData.Intervals;
using AllData.Replication;

namespace AllData.Remote.Http.Messages;

/// <summary>What several calls have in common.</summary>
internal static class MessageParts
{
    /// <summary>Bytes of the shortest copyset: its id, how many members, how many copies.</summary>
    public const int LeastCopyset = sizeof(long) + 2;

    /// <summary>A message of fields, with a tail where there is one.</summary>
    public static PeerMessage Message<T>(T value, WriteValue<T> write, byte[]? tail = null)
    {
        var writer = new PeerMessageWriter();
        write(writer, value);
        return new PeerMessage(writer.Written, tail ?? []);
    }

    /// <summary>The fields of a message that has no tail.</summary>
    public static T Read<T>(PeerMessage message, ReadValue<T> read) => message.Tail.Length == 0
        ? ReadHead(message, read)
        : throw new PeerProtocolException($"{message.Tail.Length} bytes behind the head of a message that ends with it.");

    /// <summary>The fields of a message, whatever its tail.</summary>
    public static T ReadHead<T>(PeerMessage message, ReadValue<T> read)
    {
        var reader = new PeerMessageReader(message.Head.Span);
        var value = read(ref reader);
        reader.End();
        return value;
    }

    /// <summary>A message without content.</summary>
    public static PeerMessage WriteNothing(Nothing nothing) => PeerMessage.Empty;

    /// <summary>A message without content.</summary>
    public static Nothing ReadNothing(PeerMessage message) => Read(message, static (ref PeerMessageReader _) => default(Nothing));

    /// <summary>An interval: its start and its length.</summary>
    public static void WriteInterval(PeerMessageWriter w, Interval interval)
    {
        w.Number(interval.StartUnixMilliseconds);
        w.Number(interval.LengthMilliseconds);
    }

    /// <summary>An interval.</summary>
    public static Interval ReadInterval(long start, long length)
    {
        if (length is > 0 and <= 86_400_000 && Interval.AllowedLengths.Contains(TimeSpan.FromMilliseconds(length))
            && start >= 0 && start <= EventKey.MaxValue.UnixMilliseconds && start % length == 0)
        {
            return Interval.Containing(start, TimeSpan.FromMilliseconds(length));
        }

        throw new PeerProtocolException($"{length} ms from {start} ms on are no interval.");
    }

    /// <summary>A copyset: its id, its members, how many copies.</summary>
    public static void WriteCopyset(PeerMessageWriter w, CopysetDefinition copyset)
    {
        w.CopysetId(copyset.Id);
        w.List(copyset.Ordinals, static (w, ordinal) => w.Number(ordinal));
        w.Number(copyset.ReplicationFactor);
    }

    /// <summary>A copyset.</summary>
    public static CopysetDefinition ReadCopyset(ref PeerMessageReader r) =>
        new(r.CopysetId(), r.List(1, static (ref PeerMessageReader r) => r.Number32()), r.Number32());

    /// <summary>A place in a walk over blocks, or none.</summary>
    public static void WritePosition(PeerMessageWriter w, BlockPosition? position)
    {
        w.Flag(position is not null);
        if (position is { } at)
        {
            w.Key(at.First);
            w.Key(at.Last);
            w.Number(at.Number);
        }
    }

    /// <summary>A place in a walk over blocks, or none.</summary>
    public static BlockPosition? ReadPosition(ref PeerMessageReader r) => r.Flag() ? new BlockPosition(r.Key(), r.Key(), r.Number()) : null;
}
