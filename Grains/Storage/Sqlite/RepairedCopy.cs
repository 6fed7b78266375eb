using AllData.Storage.Directories;

namespace AllData.Storage.Sqlite;

/// <summary>
/// A copy of a damaged interval file with a first page that is whole. The first page says how large the file is and where its tables begin; when
/// it is damaged, or the file was cut, SQLite gives no row at all, although all tables of this format begin at the same pages. For reading.
/// </summary>
internal static class RepairedCopy
{
    // Offsets of the database header, https://sqlite.org/fileformat2.html#the_database_header.
    private const int PageCount = 28;
    private const int PageCountEnd = 32;
    private const int PageSize = 4096;

    /// <summary>Makes the copy, with what the file's log has.</summary>
    /// <param name="damaged">The damaged file.</param>
    /// <param name="whole">A fresh file of the same format.</param>
    /// <param name="copy">The copy's path.</param>
    public static void Make(string damaged, string whole, string copy)
    {
        Delete(copy);
        var first = new byte[PageSize];
        using (var source = File.OpenRead(whole))
        {
            source.ReadExactly(first);
        }

        // No count: SQLite then takes the size that the file has.
        first.AsSpan(PageCount..PageCountEnd).Clear();
        File.Copy(damaged, copy);
        DurableFiles.MakeWritable(copy);

        // The log's pages go into the copy: read through the log, its own first page would hide the one that is whole.
        WriteAheadLog.CopyInto(damaged + "-wal", copy);

        using var file = new FileStream(copy, FileMode.Open, FileAccess.Write);
        file.Write(first);
    }

    public static void Delete(string copy)
    {
        File.Delete(copy);
        File.Delete(copy + "-wal");
    }
}
