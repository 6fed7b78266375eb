using System.Buffers.Binary;
using AllData.Federation;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Topologies;
using AllData.Replication;
using AllData.Storage.Directories;
using AllData.Storage.Engine;
using AllData.Storage.Log;
using AllData.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace AllData.Storage.Restoration;

/// <summary>What a data directory knows of its cluster.</summary>
/// <param name="Path">The full path.</param>
/// <param name="Identity">The peer it belongs to.</param>
/// <param name="Topology">The last topology that it received; null if there is none that can be read.</param>
/// <param name="Ordinals">The ordinals that it has seen given, and those in the ids and copysets of the blocks it holds, of whichever cluster.</param>
/// <param name="Remarks">What could not be read.</param>
internal sealed record DirectoryEvidence(
    string Path, PeerIdentity Identity, TopologySnapshot? Topology, SeenOrdinals Ordinals, IReadOnlyList<string> Remarks)
{
    /// <summary>Its public key; empty where it has none that can be read.</summary>
    public string PublicKey { get; init; } = "";
}

/// <summary>Reads what a directory knows. Changes nothing in it; the reader holds its lock.</summary>
internal static class DirectoryReader
{
    /// <summary>Reads a directory.</summary>
    /// <exception cref="DataDirectoryException">It is no data directory, or its identity cannot be read.</exception>
    public static DirectoryEvidence Read(string path)
    {
        var identityPath = Path.Combine(path, DataDirectory.IdentityName);
        if (!File.Exists(identityPath))
        {
            throw new DataDirectoryException(
                $"{path} is not a data directory: it has no {DataDirectory.IdentityName}. Name a peer's data directory, or the directory of a local cluster. "
                + $"Where the file was lost, give the directory a new identity first: {WaysOut.RenewDirectory(path)}");
        }

        var remarks = new List<string>();
        return new DirectoryEvidence(
            path, PeerIdentityFile.Read(identityPath), ReadTopology(Path.Combine(path, DataDirectory.TopologyName), remarks),
            InBlocks(Path.Combine(path, DataDirectory.IntervalsFolder), remarks).Merge(ReadSeen(Path.Combine(path, DataDirectory.OrdinalsName), remarks)),
            remarks)
        {
            PublicKey = ReadPublicKey(Path.Combine(path, DataDirectory.KeyName), remarks),
        };
    }

    private static string ReadPublicKey(string path, List<string> remarks)
    {
        try
        {
            using var key = SigningKey.Read(path);
            return key?.PublicKey ?? "";
        }
        catch (Exception e) when (e is DataDirectoryException or IOException or UnauthorizedAccessException)
        {
            remarks.Add(e.Message);
            return "";
        }
    }

    private static TopologySnapshot? ReadTopology(string path, List<string> remarks)
    {
        try
        {
            return TopologyFile.Read(path);
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            remarks.Add($"{path} is left out: {e.Message}");
            return null;
        }
    }

    private static SeenOrdinals ReadSeen(string path, List<string> remarks)
    {
        try
        {
            return SeenOrdinalsFile.Read(path);
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            remarks.Add($"{path} is left out: {e.Message}");
            return SeenOrdinals.None;
        }
    }

    private static SeenOrdinals InBlocks(string folder, List<string> remarks)
    {
        var seen = SeenOrdinals.None;
        var files = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*" + IntervalFile.Extension) : [];
        foreach (var file in files.Order())
        {
            try
            {
                using var database = SqliteDatabase.OpenUntouched(file);
                seen = seen.Merge(SeenOrdinals.Of(OfIds(database).Concat(OfCopysets(database))));
            }
            catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException or FormatException)
            {
                remarks.Add($"{file} is not looked into: {e.Message}");
            }
        }

        return seen.Merge(InLogs(folder, remarks));
    }

    private static SeenOrdinals InLogs(string folder, List<string> remarks)
    {
        var seen = SeenOrdinals.None;
        var files = Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Where(static file => Path.GetExtension(file) is LogFormat.SegmentExtension
            or LogFormat.Extension) : [];
        foreach (var file in files.Order())
        {
            try
            {
                using var inspection = LogInspection.Open(file);
                seen = seen.Merge(SeenOrdinals.Of(inspection.Blocks().Where(static block => block.Block is not null)
                    .SelectMany(static block => block.Members.Append(block.Block!.Header.Id.Ordinal)).ToHashSet()));
            }
            catch (Exception e) when (e is ReplicaStoreException or IOException or UnauthorizedAccessException or FormatException)
            {
                remarks.Add($"{file} is not looked into: {e.Message}");
            }
        }

        return seen;
    }

    // An id begins with the ordinal of the coordinator, big-endian: one step in the index for each ordinal.
    private static List<int> OfIds(SqliteDatabase database)
    {
        var ordinals = new List<int>();
        using var select = database.Prepare("SELECT min(id) FROM blocks WHERE id >= ?1");
        var from = new byte[sizeof(int)];
        while (FindId(select, from) is var ordinal and >= 0 and < int.MaxValue)
        {
            ordinals.Add(ordinal);
            BinaryPrimitives.WriteInt32BigEndian(from, ordinal + 1);
        }

        return ordinals;
    }

    /// <summary>The ordinal of the first id from some bytes on, or -1.</summary>
    private static int FindId(SqliteStatement select, byte[] from)
    {
        select.Bind(1, from);
        var ordinal = select.Step() && !select.IsNull(0) && select.GetBytes(0) is { Length: BlockId.BinaryLength } id
            ? BinaryPrimitives.ReadInt32BigEndian(id)
            : -1;
        select.Reset();
        return ordinal;
    }

    private static List<int> OfCopysets(SqliteDatabase database)
    {
        var ordinals = new List<int>();
        using var select = database.Prepare("SELECT id, members FROM copysets");
        while (select.Step())
        {
            ordinals.AddRange(CopysetText.TryParse(new CopysetId(select.GetInt64(0)), select.GetText(1))?.Ordinals ?? []);
        }

        return ordinals;
    }
}
