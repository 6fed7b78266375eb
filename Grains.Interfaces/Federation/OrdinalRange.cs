using AllData.Events;

namespace AllData.Federation;

/// <summary>A run of ordinals that one cluster of a store issues from.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Last">The last of them.</param>
public readonly record struct OrdinalRange(int First, int Last)
{
    /// <summary>Ordinals of a cluster that is given no ranges; the first cluster has one fewer, because there is no ordinal 0.</summary>
    public const int DefaultLength = 600;

    /// <summary>All ordinals that keys have room for: what a cluster without a federation document issues from.</summary>
    public static OrdinalRange All { get; } = new(1, EventKey.MaxOrdinal);

    /// <summary>The range of a cluster that is given none.</summary>
    /// <param name="cluster">The number of the cluster.</param>
    public static OrdinalRange DefaultOf(int cluster) => new(Math.Max(cluster * DefaultLength, 1), (cluster * DefaultLength) + DefaultLength - 1);

    /// <summary>Whether an ordinal lies in it.</summary>
    public bool Contains(int ordinal) => ordinal >= First && ordinal <= Last;

    /// <summary>Whether an ordinal lies in both.</summary>
    public bool Overlaps(OrdinalRange other) => First <= other.Last && other.First <= Last;

    /// <summary>Its first and its last ordinal, <c>600-1199</c>.</summary>
    public override string ToString() => $"{First}-{Last}";
}
