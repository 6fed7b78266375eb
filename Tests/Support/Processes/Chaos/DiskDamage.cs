using AllData.Storage.Directories;

namespace AllData.Tests.Support;

/// <summary>What can happen to the data of a peer whose silo has ended.</summary>
internal static class DiskDamage
{
    private const int Flips = 8;
    private const int Tries = 10_000;

    // The beginning says whose file it is, and of which format: with that destroyed a start is refused, for a person to look at.
    private const long Spared = 64 << 10;

    /// <summary>Empties a data directory.</summary>
    public static void Wipe(string dataDirectory)
    {
        foreach (var entry in new DirectoryInfo(dataDirectory).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo folder)
            {
                folder.Delete(recursive: true);
            }
            else
            {
                entry.Delete();
            }
        }
    }

    /// <summary>Flips a few bytes of the largest file that blocks are in: of an interval, of its write-ahead log, or a segment.</summary>
    /// <returns>How many; 0 when no file is large enough.</returns>
    public static int FlipBytes(string dataDirectory, Random random)
    {
        var intervals = new DirectoryInfo(Path.Combine(dataDirectory, DataDirectory.IntervalsFolder));
        var largest = intervals.Exists ? intervals.EnumerateFiles().MaxBy(static file => file.Length) : null;
        if (largest is null || largest.Length <= Spared)
        {
            return 0;
        }

        using var file = largest.Open(FileMode.Open, FileAccess.ReadWrite);
        Span<byte> one = stackalloc byte[1];
        for (var i = 0; i < Flips; i++)
        {
            var (offset, tries) = (0L, 0);
            do
            {
                // Zeros are what files have that were made larger beforehand: nothing reads them.
                offset = random.NextInt64(Spared, largest.Length);
                RandomAccess.Read(file.SafeFileHandle, one, offset);
            }
            while (one[0] == 0 && ++tries < Tries);

            one[0] ^= (byte)random.Next(1, 256);
            RandomAccess.Write(file.SafeFileHandle, one, offset);
        }

        return Flips;
    }
}
