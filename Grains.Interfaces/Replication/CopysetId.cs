using System.Globalization;

namespace AllData.Replication;

/// <summary>
/// The identity of a copyset, or of a copyset and a topic: the hash of its members' ordinals, seeded with the topic. Its order means nothing and is the same
/// everywhere.
/// </summary>
/// <param name="Value">The 64 bits as a number.</param>
[Immutable]
public readonly record struct CopysetId(long Value) : IComparable<CopysetId>
{
    /// <inheritdoc/>
    public int CompareTo(CopysetId other) => Value.CompareTo(other.Value);

    /// <summary>The number, as stores keep it.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether the left one sorts before the right one.</summary>
    public static bool operator <(CopysetId left, CopysetId right) => left.Value < right.Value;

    /// <summary>Whether the left one sorts after the right one.</summary>
    public static bool operator >(CopysetId left, CopysetId right) => left.Value > right.Value;

    /// <summary>Whether the left one sorts before the right one, or is the same.</summary>
    public static bool operator <=(CopysetId left, CopysetId right) => left.Value <= right.Value;

    /// <summary>Whether the left one sorts after the right one, or is the same.</summary>
    public static bool operator >=(CopysetId left, CopysetId right) => left.Value >= right.Value;
}
