using System.Collections.Immutable;
using System.Security.Cryptography;
using AllData.Peers;

namespace AllData.Federation;

/// <summary>
/// The clusters of a store, the same document in each of them. Usually a cluster covers a region; each goes on alone when the others cannot be reached.
/// An operator changes it, and raises its version; <see cref="FederationJson"/> reads it, <see cref="FederationSuccession"/> says which may follow which.
/// </summary>
public sealed record FederationDocument
{
    /// <summary>Bytes of the JSON document, at most.</summary>
    public const int MaxBytes = 256 << 10;

    /// <summary>Clusters of a store, at most: their numbers go from 0 to one less.</summary>
    public const int MaxClusters = 16;

    /// <summary>The store.</summary>
    public required Guid Store { get; init; }

    /// <summary>Ids that clusters of the store had before they joined it: what bears one belongs to the store. Ascending.</summary>
    public ImmutableArray<Guid> Aliases { get; init; } = [];

    /// <summary>Rises with every change, from 1.</summary>
    public required int Version { get; init; }

    /// <summary>Length of a consolidation interval, one for the whole store.</summary>
    public required TimeSpan IntervalLength { get; init; }

    /// <summary>The clusters, in the order of their numbers.</summary>
    public required ImmutableArray<FederationCluster> Clusters { get; init; }

    /// <summary>Tells its content from that of another document of the same version: the first hexadecimal digits of a SHA-256 of what is written.</summary>
    internal string Digest => Convert.ToHexStringLower(SHA256.HashData(FederationJson.Write(this)))[..DigestLength];

    /// <summary>Digits of a <see cref="Digest"/>.</summary>
    internal const int DigestLength = 32;

    /// <summary>Whether an id is the store's, or one that a cluster of it had before.</summary>
    public bool Accepts(Guid id) => id == Store || Aliases.Contains(id);

    /// <summary>The cluster of a name; null when there is none.</summary>
    public FederationCluster? Find(string name) => Clusters.FirstOrDefault(c => c.Name == name);

    /// <summary>The cluster that issues an ordinal; null when none does.</summary>
    public FederationCluster? ClusterOf(int ordinal) => Clusters.FirstOrDefault(c => c.Ordinals.Any(range => range.Contains(ordinal)));

    /// <summary>The same content, member by member.</summary>
    public bool Equals(FederationDocument? other) =>
        other is not null && FederationJson.Write(this).AsSpan().SequenceEqual(FederationJson.Write(other));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Store, Version);
}

/// <summary>One Orleans cluster of a store, with its own registry.</summary>
public sealed record FederationCluster
{
    /// <summary>Its number, 0 to 15.</summary>
    public required int Number { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The regions that it covers.</summary>
    public required ImmutableArray<string> Regions { get; init; }

    /// <summary>
    /// The regions that it covered and that were dropped: nothing of their peers is waited for or believed. A cluster without other regions is dropped as a
    /// whole; its number, its name and its ordinals are never another's.
    /// </summary>
    public ImmutableArray<DroppedRegion> Dropped { get; init; } = [];

    /// <summary>Where other clusters reach it: base addresses of its silos.</summary>
    public ImmutableArray<string> Peers { get; init; } = [];

    /// <summary>The ordinals that its registry issues, ascending. Default: 600 from 600 times its number on.</summary>
    public required ImmutableArray<OrdinalRange> Ordinals { get; init; }

    /// <summary>The certificate of the authority that signs its silos' certificates, as PEM; null when it is not given here.</summary>
    public string? Authority { get; init; }

    /// <summary>A file on each silo's machine that has this certificate; null when there is none.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>SHA-256 thumbprints of its silos' certificates: 64 hexadecimal digits each, upper case.</summary>
    public ImmutableArray<string> Thumbprints { get; init; } = [];

    /// <summary>Whether all that it covered was dropped, and so the cluster itself.</summary>
    public bool IsDropped => Regions.IsEmpty && !Dropped.IsEmpty;

    /// <summary>What is known of a region that it covered and does not any more; null where it covers the region, or never did.</summary>
    public DroppedRegion? FindDropped(string region) => Regions.Contains(region) ? null : Dropped.FirstOrDefault(d => d.Region == region);

    /// <summary>Its name and number, as sentences have them.</summary>
    public override string ToString() => $"'{ReadableText.Escape(Name)}' ({Number})";
}

/// <summary>A federation document cannot be used. The message has a sentence for each reason, a line each.</summary>
public sealed class FederationException(IReadOnlyList<string> faults) : Exception(string.Join(Environment.NewLine, faults))
{
    /// <summary>A sentence for each reason.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}
