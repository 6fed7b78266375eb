using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.Hashing;
using AllData.Events;
using AllData.Replication;

namespace AllData.Protocol.Blocks;

/// <summary>
/// The peers that are meant to hold a block, by the ordinals of their data directories. Few of them are in use at a time, which also means
/// few ways to lose data when several peers die at once (Cidon et al., "Copysets", USENIX ATC 2013).
/// </summary>
internal sealed class Copyset : IEquatable<Copyset>
{
    /// <summary>Largest number of members; also the largest replication factor.</summary>
    public const int MaxMembers = 15;

    /// <summary>Takes the members in any order.</summary>
    /// <exception cref="ArgumentException">None, too many, or one twice.</exception>
    public Copyset(ReadOnlySpan<int> ordinals)
    {
        if (ordinals.IsEmpty || ordinals.Length > MaxMembers)
        {
            throw new ArgumentException($"A copyset has 1 to {MaxMembers} members, not {ordinals.Length}.", nameof(ordinals));
        }

        Span<int> sorted = stackalloc int[ordinals.Length];
        ordinals.CopyTo(sorted);
        sorted.Sort();
        for (var i = 1; i < sorted.Length; i++)
        {
            if (sorted[i] == sorted[i - 1])
            {
                throw new ArgumentException($"Ordinal {sorted[i]} is in the copyset twice.", nameof(ordinals));
            }
        }

        Ordinals = ImmutableArray.Create((ReadOnlySpan<int>)sorted);
        Id = ComputeId(sorted, seed: 0);
    }

    /// <summary>The members, ascending.</summary>
    public ImmutableArray<int> Ordinals { get; }

    /// <summary>XXH3 (64 bits) over the ascending ordinals as little-endian 32-bit integers: the same everywhere.</summary>
    public CopysetId Id { get; }

    /// <summary>The id of the buckets of its blocks of a topic: the same hash, with the topic's seed; without a topic, <see cref="Id"/>.</summary>
    public CopysetId IdWith(Topic? topic) => topic is { } one ? ComputeId(Ordinals.AsSpan(), one.Seed) : Id;

    /// <inheritdoc/>
    public bool Equals(Copyset? other) => other is not null && Id == other.Id && Ordinals.AsSpan().SequenceEqual(other.Ordinals.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Copyset);

    /// <inheritdoc/>
    public override int GetHashCode() => Id.GetHashCode();

    /// <summary>The members in braces.</summary>
    public override string ToString() => $"{{{string.Join(',', Ordinals)}}}";

    private static CopysetId ComputeId(ReadOnlySpan<int> sorted, long seed)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int) * MaxMembers];
        for (var i = 0; i < sorted.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes[(sizeof(int) * i)..], sorted[i]);
        }

        return new CopysetId(unchecked((long)XxHash3.HashToUInt64(bytes[..(sizeof(int) * sorted.Length)], seed)));
    }
}
