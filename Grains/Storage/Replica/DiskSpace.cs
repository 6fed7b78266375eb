namespace AllData.Storage.Replica;

/// <summary>What a disk has.</summary>
/// <param name="FreeBytes">Bytes that this user may still write.</param>
/// <param name="TotalBytes">Bytes of the whole disk.</param>
internal readonly record struct DiskSpace(long FreeBytes, long TotalBytes)
{
    /// <summary>Measures the disk that a directory lies on.</summary>
    /// <exception cref="IOException">It cannot be asked.</exception>
    public static DiskSpace Of(string directory)
    {
        var drive = new DriveInfo(Path.GetFullPath(directory));
        return new DiskSpace(drive.AvailableFreeSpace, drive.TotalSize);
    }
}
