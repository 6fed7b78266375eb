namespace AllData.Reading;

/// <summary>Why peers may be missing among those that are read from.</summary>
/// <param name="Cluster">The other cluster of the store whose peers may be missing; null where they are this one's.</param>
/// <param name="Reason">Half a sentence about the cluster, or about its registry.</param>
internal sealed record TopologyDoubt(string? Cluster, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => Cluster is null ? Reason : $"cluster {Cluster}: {Reason}";
}
