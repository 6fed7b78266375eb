using AllData.Storage.Sqlite;

namespace AllData.Tests.Unit.Storage;

/// <summary>What is done to files behind the store's back.</summary>
public sealed partial class SqliteDamageTests
{
    private const int PageSize = 4096;

    private long LeafOf(string table)
    {
        // The tests' SQLite knows no dbstat; a page in the middle of the file that begins like a leaf of the kind is one.
        using var database = SqliteDatabase.Open(NoonFile, SqliteOpening.Read, vfs: null);
        var leaf = table == "blocks" ? 0x0D : 0x0A;
        var bytes = File.ReadAllBytes(NoonFile);
        var root = database.ReadInt64($"SELECT rootpage FROM sqlite_schema WHERE name='{table}'");
        var child = FirstChild(bytes, root);
        Assert.Equal(leaf, bytes[(child - 1) * PageSize]);
        return child;
    }

    // An interior page of a B-tree: an array of cell offsets behind a header of 12 bytes; a cell begins with its child's number.
    private static long FirstChild(byte[] bytes, long page)
    {
        var start = (int)((page - 1) * PageSize);
        Assert.Contains(bytes[start], new byte[] { 0x02, 0x05 });
        var cell = start + System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(start + 12 + 2));
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(cell));
    }

    private void FlipPageHeader(long page) => Flip((page - 1) * PageSize);

    private void Flip(long offset) => Flip(NoonFile, offset, 0x40);

    private static void Flip(string path, long offset, byte bits)
    {
        File.SetAttributes(path, FileAttributes.Normal);
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = offset;
        var value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ bits));
    }

    private void Cut(long length)
    {
        File.SetAttributes(NoonFile, FileAttributes.Normal);
        using var file = new FileStream(NoonFile, FileMode.Open, FileAccess.ReadWrite);
        file.SetLength(length);
    }

    private static void CopyFiles(string source, string target)
    {
        foreach (var file in Directory.GetFiles(source, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith("-shm", StringComparison.Ordinal)))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
