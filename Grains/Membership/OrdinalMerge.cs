using AllData.Peers;
using AllData.Storage.Directories;
using AllData.Storage.Restoration;

namespace AllData.Membership;

/// <summary>Merges the ordinals of several topologies, and refuses contradictions.</summary>
internal static class OrdinalMerge
{
    /// <summary>Every ordinal that any of them knows, ascending.</summary>
    /// <param name="told">The topologies, each with its source.</param>
    /// <param name="directories">The directories: each is of the peer that its ordinal was given to.</param>
    /// <exception cref="RegistryRebuildException">An ordinal with two directories, a directory with two ordinals, or one of another peer.</exception>
    public static List<RegistryOrdinal> Of(
        IReadOnlyList<(string Source, TopologySnapshot Topology)> told, IReadOnlyList<DirectoryEvidence> directories)
    {
        var remembered = directories.Where(d => d.Identity.Ordinal is not null).Select(d => (
            Source: d.Path, Given: new DirectoryOrdinal(d.Identity.Ordinal!.Value, PeerId.Parse(d.Identity.Peer), d.Identity.Directory)
            {
                PublicKey = d.PublicKey,
            }));
        var all = told.SelectMany(t => t.Topology.Ordinals.Select(given => (t.Source, Given: given))).Concat(remembered).ToList();
        var merged = all.GroupBy(one => one.Given.Ordinal).OrderBy(group => group.Key).Select(Agreed).ToList();
        RefuseTwoOrdinals(all.Where(one => one.Given.Directory != Guid.Empty).GroupBy(one => one.Given.Directory));
        foreach (var directory in directories)
        {
            RefuseOtherPeer(directory, merged.Find(o => o.Directory == directory.Identity.Directory));
        }

        return merged;
    }

    // An ordinal without a directory was waiting for its peer's first one: a source that names the directory knows more.
    private static RegistryOrdinal Agreed(IEnumerable<(string Source, DirectoryOrdinal Given)> ordinal)
    {
        var all = ordinal.ToList();
        var known = all.FindAll(one => one.Given.Directory != Guid.Empty);
        var (source, given) = (known.Count > 0 ? known : all)[0];
        var other = known.Find(one => one.Given.Directory != given.Directory || one.Given.Peer != given.Peer);
        return other.Given is null
            ? new RegistryOrdinal
            {
                Ordinal = given.Ordinal,
                Peer = given.Peer.Value,
                Directory = given.Directory,
                PublicKey = KeyOf(known),
                GivenAt = all.Max(static one => one.Given.GivenAt),
                EndedAt = all.Max(static one => one.Given.EndedAt),
            }
            : throw new RegistryRebuildException(
                $"Ordinal {given.Ordinal} was given twice: to directory {given.Directory} of peer '{given.Peer}', says {source}, and to directory "
                + $"{other.Given.Directory} of peer '{other.Given.Peer}', says {other.Source}. Both may have issued the same keys: leave one of the two "
                + $"out, then give it a new identity, which keeps its events, for example: {WaysOut.RenewDirectory(other.Source)}");
    }

    // A topology of before the key was announced has none.
    private static string KeyOf(List<(string Source, DirectoryOrdinal Given)> known)
    {
        var keys = known.Where(static one => one.Given.PublicKey.Length > 0).DistinctBy(static one => one.Given.PublicKey).Take(2).ToList();
        return keys.Count < 2
            ? keys.Select(static one => one.Given.PublicKey).FirstOrDefault("")
            : throw new RegistryRebuildException(
                $"Ordinal {keys[0].Given.Ordinal} of peer '{keys[0].Given.Peer}' has two public keys: one says {keys[0].Source}, another {keys[1].Source}. Put "
                + $"the directory's own {DataDirectory.KeyName} back, or leave out the source that is older.");
    }

    private static void RefuseTwoOrdinals(IEnumerable<IGrouping<Guid, (string Source, DirectoryOrdinal Given)>> directories)
    {
        foreach (var directory in directories)
        {
            var all = directory.DistinctBy(one => one.Given.Ordinal).Take(2).ToList();
            if (all.Count > 1)
            {
                throw new RegistryRebuildException(
                    $"Directory {directory.Key} of peer '{all[0].Given.Peer}' has two ordinals: {all[0].Given.Ordinal}, says {all[0].Source}, and "
                    + $"{all[1].Given.Ordinal}, says {all[1].Source}. Leave out the source that is older.");
            }
        }
    }

    private static void RefuseOtherPeer(DirectoryEvidence directory, RegistryOrdinal? given)
    {
        if (given is not null && given.Peer != directory.Identity.Peer)
        {
            throw new RegistryRebuildException(
                $"{directory.Path} says that it belongs to peer '{directory.Identity.Peer}', but its ordinal {given.Ordinal} was given to peer "
                + $"'{given.Peer}'. Put the directory's own {DataDirectory.IdentityName} back.");
        }
    }
}
