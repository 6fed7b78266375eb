using System.Security.Cryptography;
using System.Text;
using AllData.Events;

namespace AllData.Certificates;

/// <summary>
/// What a leaf of an interval's tree is the hash of: key (12 bytes), SHA-256 of the payload as it is stored (32 bytes), and the topic's characters, of which an
/// event without a topic has none. The first two have fixed lengths, so no two events have the same entry. Leaves are in the order of these bytes.
/// </summary>
/// <param name="Key">The event's key.</param>
/// <param name="PayloadHash">SHA-256 of its payload as it is stored: of an encrypted one, of the encrypted form.</param>
/// <param name="Topic">Its topic; null: it has none.</param>
internal readonly record struct EventEntry(EventKey Key, TreeHash PayloadHash, Topic? Topic) : IComparable<EventEntry>
{
    private const int FixedLength = EventKey.BinaryLength + TreeHash.BinaryLength;

    /// <summary>The entry of an event.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="payload">Its payload as it is stored.</param>
    /// <param name="topic">Its topic; null: it has none.</param>
    public static EventEntry Of(EventKey key, ReadOnlySpan<byte> payload, Topic? topic)
    {
        Span<byte> hash = stackalloc byte[TreeHash.BinaryLength];
        SHA256.HashData(payload, hash);
        return new EventEntry(key, TreeHash.ReadFrom(hash), topic);
    }

    /// <summary>The hash of its leaf.</summary>
    public TreeHash Leaf
    {
        get
        {
            Span<byte> bytes = stackalloc byte[FixedLength + AllData.Events.Topic.MaxLength];
            Key.WriteTo(bytes);
            PayloadHash.WriteTo(bytes[EventKey.BinaryLength..]);
            var length = FixedLength + Encoding.ASCII.GetBytes(Topic?.Value ?? "", bytes[FixedLength..]);
            return TreeHash.OfLeaf(bytes[..length]);
        }
    }

    /// <inheritdoc/>
    public int CompareTo(EventEntry other)
    {
        var byKey = Key.CompareTo(other.Key);
        var byHash = byKey != 0 ? byKey : PayloadHash.CompareTo(other.PayloadHash);
        return byHash != 0 ? byHash : string.CompareOrdinal(Topic?.Value ?? "", other.Topic?.Value ?? "");
    }
}
