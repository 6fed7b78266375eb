using System.Buffers.Binary;
using AllData.Events;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Topologies;
using AllData.Replication;
using AllData.Storage.Directories;
using AllData.Storage.Engine;
using AllData.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace AllData.Storage.Restoration;

/// <summary>What a data directory knows of its cluster.</summary>
/// <param name="Path">The full path.</param>
/// <param name="Identity">The peer it belongs to.</param>
/// <param name="Topology">The last topology that it received; null if there is none that can be read.</param>
/// <param name="HighestOrdinal">The highest ordinal in the ids and copysets of the blocks it holds; 0 when none was read.</param>
/// <param name="Remarks">What could not be read.</param>
internal sealed record DirectoryEvidence(
    string Path, PeerIdentity Identity, TopologySnapshot? Topology, int HighestOrdinal, IReadOnlyList<string> Remarks);

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
            Math.Max(
                HighestOrdinal(Path.Combine(path, DataDirectory.IntervalsFolder), remarks),
                HighestSeen(Path.Combine(path, DataDirectory.OrdinalsName), remarks)),
            remarks);
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

    private static int HighestSeen(string path, List<string> remarks)
    {
        try
        {
            return SeenOrdinalsFile.Read(path).Highest;
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            remarks.Add($"{path} is left out: {e.Message}");
            return 0;
        }
    }

    private static int HighestOrdinal(string folder, List<string> remarks)
    {
        var highest = 0;
        var files = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*" + IntervalFile.Extension) : [];
        foreach (var file in files.Order())
        {
            try
            {
                using var database = SqliteDatabase.OpenUntouched(file);
                highest = Math.Max(highest, Math.Max(OfIds(database), OfCopysets(database)));
            }
            catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException or FormatException)
            {
                remarks.Add($"{file} is not looked into: {e.Message}");
            }
        }

        return highest;
    }

    // An id begins with the ordinal of the coordinator, big-endian.
    private static int OfIds(SqliteDatabase database)
    {
        using var select = database.Prepare("SELECT max(id) FROM blocks");
        return select.Step() && !select.IsNull(0) && select.GetBytes(0) is { Length: BlockId.BinaryLength } id
            ? Possible(BinaryPrimitives.ReadInt32BigEndian(id))
            : 0;
    }

    private static int OfCopysets(SqliteDatabase database)
    {
        var highest = 0;
        using var select = database.Prepare("SELECT id, members FROM copysets");
        while (select.Step())
        {
            var members = CopysetText.TryParse(new CopysetId(select.GetInt64(0)), select.GetText(1))?.Ordinals ?? [];
            highest = Math.Max(highest, members.Select(Possible).DefaultIfEmpty().Max());
        }

        return highest;
    }

    private static int Possible(int ordinal) => ordinal is >= 1 and <= EventKey.MaxOrdinal ? ordinal : 0;
}
