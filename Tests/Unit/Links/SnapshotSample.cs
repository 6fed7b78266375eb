using AllData.Peers;
using AllData.Tests.Unit.Federation;

namespace AllData.Tests.Unit.Links;

/// <summary>Topologies of the clusters of <see cref="FederationSample"/>.</summary>
internal static class SnapshotSample
{
    public static TopologySnapshot North(long version, params string[] peers) => Of(version, 1, "north", peers);

    public static TopologySnapshot West(long version, params string[] peers) => Of(version, 600, "west", peers);

    /// <summary>A topology of peers in one region, with ordinals from one on.</summary>
    public static TopologySnapshot Of(long version, int ordinal, string region, params string[] peers) => new()
    {
        Version = version,
        ClusterId = FederationSample.Store,
        IntervalLength = TimeSpan.FromDays(1),
        Peers = [.. peers.Select((name, i) => new PeerDescriptor(
            PeerId.Parse(name), new PeerLocation(region, $"{i}"), PeerStatus.Active, Stores: true, ordinal + i, DirectoryOf(ordinal + i), ""))],
        Ordinals = [.. peers.Select((name, i) => new DirectoryOrdinal(ordinal + i, PeerId.Parse(name), DirectoryOf(ordinal + i)))],
    };

    /// <summary>The directory that an ordinal was given to.</summary>
    public static Guid DirectoryOf(int ordinal) => new(ordinal, 0, 0x4000, 0x80, 0, 0, 0, 0, 0, 0, 1);
}
