using System.Text.Json;
using AllData.Peers;
using AllData.Storage.Directories;
using AllData.Storage.Engine;

namespace AllData.Storage.Restoration;

/// <summary>A directory that was given a new identity.</summary>
/// <param name="Path">The full path.</param>
/// <param name="Peer">The peer's name, as before.</param>
/// <param name="Directory">The new identity.</param>
/// <param name="Cluster">The cluster, as before; null when nothing in the directory says it.</param>
public sealed record RenewedDirectory(string Path, string Peer, Guid Directory, Guid? Cluster);

/// <summary>
/// Gives a data directory a new identity and leaves its events where they are. The registry then gives it a new ordinal, under which no key and no
/// block id was ever issued. So a lost lease, a lost identity or a duplicate ordinal is no longer a danger. The peer stays responsible by its name
/// for the copies of the former ordinal.
/// </summary>
public static class DirectoryRenewal
{
    /// <summary>Renews a directory that no silo has open. The former files stay next to the new ones, as <c>*.former-n</c>.</summary>
    /// <param name="path">The data directory.</param>
    /// <param name="peer">The peer's name, if the directory does not have it; otherwise null.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="DataDirectoryException">There is no such directory, it is in use, or its peer is unknown or contradicted.</exception>
    public static RenewedDirectory Run(string path, string? peer, TimeProvider time)
    {
        var full = Path.GetFullPath(path);
        if (!Directory.Exists(full))
        {
            throw new DataDirectoryException($"There is no directory {full}. Name a peer's data directory, the one with peer.json and intervals in it.");
        }

        using var heldLock = DirectoryLock.Take(full, "the command renew-directory", time);
        var (name, cluster) = WhoseIsIt(full, peer);
        var identity = new PeerIdentity(PeerIdentityFile.FormatVersion, name, Guid.NewGuid(), cluster);
        var number = Enumerable.Range(1, int.MaxValue - 1).First(n => !Formers(full, n).Any(File.Exists));

        // The identity goes first: a directory with data and without it is refused, whatever else has happened to it.
        KeepAside(Path.Combine(full, DataDirectory.IdentityName), number);
        KeepAside(Path.Combine(full, DataDirectory.LeaseName), number);
        KeepAside(Path.Combine(full, DataDirectory.NumbersName), number);

        // Another ordinal signs with another key: what the former one signed is not known for sure any more.
        KeepAside(Path.Combine(full, DataDirectory.KeyName), number);
        LeaseFile.Create(Path.Combine(full, DataDirectory.LeaseName), identity.Directory);
        PeerIdentityFile.Write(Path.Combine(full, DataDirectory.IdentityName), identity);
        return new RenewedDirectory(full, name, identity.Directory, cluster);
    }

    private static (string Peer, Guid? Cluster) WhoseIsIt(string directory, string? given)
    {
        var known = Witnesses(directory).Distinct().ToList();
        var names = known.Select(witness => witness.Peer).Concat(given is null ? [] : [given]).Distinct().ToList();
        var clusters = known.Select(witness => witness.Cluster).OfType<Guid>().Distinct().ToList();
        if (names.Count > 1 || clusters.Count > 1)
        {
            throw new DataDirectoryException(
                $"{directory} has files of several peers or clusters ({string.Join(", ", names.Concat(clusters.Select(c => c.ToString())))}). Move those that "
                + "do not belong there to where they came from.");
        }

        return names.Count == 1 && PeerId.TryParse(names[0], out var peer)
            ? (peer.Value, clusters.Count == 0 ? null : clusters[0])
            : throw new DataDirectoryException($"Nothing in {directory} says whose it is. Give the peer's name: --peer NAME");
    }

    // The identity, if it can be read, and the notes of the interval files.
    private static IEnumerable<(string Peer, Guid? Cluster)> Witnesses(string directory)
    {
        var identity = Path.Combine(directory, DataDirectory.IdentityName);
        if (File.Exists(identity) && TryRead(() => PeerIdentityFile.Read(identity)) is { } known)
        {
            yield return (known.Peer, known.Cluster);
        }

        var intervals = Path.Combine(directory, DataDirectory.IntervalsFolder);
        foreach (var note in Directory.Exists(intervals) ? Directory.EnumerateFiles(intervals, "*" + IntervalManifestFile.Extension) : [])
        {
            if (TryRead(() => IntervalManifestFile.Read(note)) is { } found)
            {
                yield return (found.Peer, found.Cluster);
            }
        }
    }

    private static T? TryRead<T>(Func<T?> read) where T : class
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is DataDirectoryException or JsonException or IOException or UnauthorizedAccessException)
        {
            // Another one may say it.
            return null;
        }
    }

    private static IEnumerable<string> Formers(string directory, int number) =>
        new[] { DataDirectory.IdentityName, DataDirectory.LeaseName, DataDirectory.NumbersName, DataDirectory.KeyName }
            .Select(name => FormerOf(Path.Combine(directory, name), number));

    private static string FormerOf(string file, int number) => $"{file}.former-{number}";

    private static void KeepAside(string file, int number)
    {
        if (File.Exists(file))
        {
            DurableFiles.Rename(file, FormerOf(file, number));
        }
    }
}
