using AllData.Certificates;

namespace AllData.Protocol.Certificates;

/// <summary>The id that the certificates of a cluster bear, and with them the origin of its log and the names of those that sign it.</summary>
internal static class LogIdentity
{
    private const int Version8 = 0x80;
    private const int VersionMask = 0x0f;
    private const int Variant = 0x80;
    private const int VariantMask = 0x3f;

    /// <summary>
    /// The id. Clusters that were founded in a store of several share the store's id, and yet each has a log of its own: cluster 0 keeps the id, as one does
    /// that had another before it joined; the rest get one that is made of store and number (RFC 9562, version 8: by name, appendix B.2, with SHA-256).
    /// </summary>
    /// <param name="cluster">The id in the cluster's registry.</param>
    /// <param name="store">The store.</param>
    /// <param name="number">The number of the cluster in the federation document; 0 where it is a store of its own.</param>
    public static Guid Of(Guid cluster, Guid store, int number)
    {
        if (number == 0 || cluster != store || cluster == Guid.Empty)
        {
            return cluster;
        }

        Span<byte> name = stackalloc byte[17];
        store.TryWriteBytes(name, bigEndian: true, out _);
        name[16] = (byte)number;
        Span<byte> hash = stackalloc byte[TreeHash.BinaryLength];
        TreeHash.Of(name).WriteTo(hash);
        hash[6] = (byte)((hash[6] & VersionMask) | Version8);
        hash[8] = (byte)((hash[8] & VariantMask) | Variant);
        return new Guid(hash[..16], bigEndian: true);
    }
}
