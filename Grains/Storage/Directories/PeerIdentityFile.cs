using System.Text.Json;
using System.Text.Json.Serialization;
using AllData.Peers;

namespace AllData.Storage.Directories;

/// <summary>The identity of a data directory: the content of <c>peer.json</c>.</summary>
/// <param name="FormatVersion">Version of the data directory's layout.</param>
/// <param name="Peer">The peer's name.</param>
/// <param name="Directory">The directory's own identity.</param>
/// <param name="Cluster">The cluster; null until it is known.</param>
/// <param name="Ordinal">The ordinal that the registry gave to it; null until it is known, or if an earlier version did not write it.</param>
internal sealed record PeerIdentity(int FormatVersion, string Peer, Guid Directory, Guid? Cluster, int? Ordinal = null);

/// <summary>Reads and writes <c>peer.json</c>.</summary>
internal static class PeerIdentityFile
{
    /// <summary>The layout that is written and understood.</summary>
    public const int FormatVersion = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Reads the file; null if there is none.</summary>
    /// <exception cref="DataDirectoryException">It is damaged, of an unknown version, or names another peer.</exception>
    public static PeerIdentity? Read(string path, PeerId expected)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var identity = Read(path);
        return identity.Peer == expected.Value
            ? identity
            : throw new DataDirectoryException(
                $"The data directory of {path} belongs to peer '{identity.Peer}', not to '{expected}'. Start it under its own "
                + $"name, or give '{expected}' a directory of its own.");
    }

    /// <summary>Reads a file that is there, of any peer.</summary>
    /// <exception cref="DataDirectoryException">It is damaged or of an unknown version.</exception>
    public static PeerIdentity Read(string path)
    {
        var identity = Parse(path);
        return identity.FormatVersion == FormatVersion
            ? identity
            : throw new DataDirectoryException(
                $"{path} has format version {identity.FormatVersion}; this program knows version {FormatVersion}. Use a newer program.");
    }

    /// <summary>Replaces the file atomically.</summary>
    public static void Write(string path, PeerIdentity identity) =>
        DurableFiles.Replace(path, JsonSerializer.SerializeToUtf8Bytes(identity, Json));

    private static PeerIdentity Parse(string path)
    {
        try
        {
            // As text: an editor may have put a byte order mark before it, or have saved it as UTF-16.
            var identity = JsonSerializer.Deserialize<PeerIdentity>(File.ReadAllText(path), Json);
            if (identity is not null && PeerId.TryParse(identity.Peer, out _) && identity.Directory != Guid.Empty)
            {
                return identity;
            }
        }
        catch (JsonException e)
        {
            throw Damaged(path, e);
        }

        throw Damaged(path, inner: null);
    }

    private static DataDirectoryException Damaged(string path, Exception? inner) =>
        new(
            $"{path} is damaged: it does not say whose data this is. Put a copy of the file back, or give the directory a new identity, which keeps "
            + $"its events: {WaysOut.RenewDirectory(Path.GetDirectoryName(path)!)}", inner);
}
