namespace AllData.Tests.Support;

/// <summary>A change to a file that has not been flushed.</summary>
/// <param name="Offset">Where the bytes go, or the size to cut to.</param>
/// <param name="Bytes">The bytes; null when the file is cut.</param>
internal readonly record struct UnsyncedChange(long Offset, byte[]? Bytes);

/// <summary>A file as the disk has it, and what has been written to it since.</summary>
internal sealed class FileContent
{
    private const int Sector = 512;

    private MemoryStream? _durable;

    /// <summary>Starts from what was found; null when there was no file.</summary>
    public FileContent(byte[]? found, bool foundIsDurable)
    {
        if (found is not null)
        {
            Unsynced.Add(new UnsyncedChange(0, found));
        }

        if (foundIsDurable)
        {
            MakeDurable(Unsynced.Count);
        }
    }

    /// <summary>Changes since the last flush, in order.</summary>
    public List<UnsyncedChange> Unsynced { get; } = [];

    /// <summary>The oldest changes have been flushed.</summary>
    public void MakeDurable(int changes)
    {
        // Another connection to the same file may have flushed them meanwhile.
        var flushed = Math.Min(changes, Unsynced.Count);
        foreach (var change in Unsynced.Take(flushed))
        {
            _durable ??= new MemoryStream();
            Apply(_durable, change);
        }

        Unsynced.RemoveRange(0, flushed);
    }

    /// <summary>The content after a power loss; null when the file would not be there.</summary>
    /// <param name="random">Decides which unflushed sectors have reached the disk; null: none.</param>
    public byte[]? AfterPowerLoss(Random? random)
    {
        var survivors = random is null ? [] : Unsynced.SelectMany(Split).Where(_ => random.Next(2) == 0).ToList();
        if (_durable is null && survivors.Count == 0)
        {
            return null;
        }

        var content = new MemoryStream();
        content.Write(_durable?.ToArray() ?? []);
        foreach (var change in survivors)
        {
            Apply(content, change);
        }

        return content.ToArray();
    }

    private static IEnumerable<UnsyncedChange> Split(UnsyncedChange change)
    {
        if (change.Bytes is null)
        {
            yield return change;
            yield break;
        }

        for (var start = 0; start < change.Bytes.Length; start += Sector)
        {
            yield return new UnsyncedChange(change.Offset + start, change.Bytes[start..Math.Min(start + Sector, change.Bytes.Length)]);
        }
    }

    private static void Apply(MemoryStream content, UnsyncedChange change)
    {
        if (change.Bytes is null)
        {
            content.SetLength(change.Offset);
            return;
        }

        content.Position = change.Offset;
        content.Write(change.Bytes);
    }
}
