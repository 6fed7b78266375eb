namespace AllData.Storage.Log;

/// <summary>A file with records: a segment of an open interval, or the file of a closed one.</summary>
/// <param name="path">Where it lies.</param>
/// <param name="header">Whose it is.</param>
/// <param name="file">The file, open.</param>
internal sealed class SegmentFile(string path, LogFileHeader header, ILogFile file) : IDisposable
{
    /// <summary>Where it lies.</summary>
    public string Path => path;

    /// <summary>Whose it is.</summary>
    public LogFileHeader Header => header;

    /// <summary>The file.</summary>
    public ILogFile File => file;

    /// <summary>Its number; 0: the file of a closed interval.</summary>
    public int Number => header.Kind == LogFileKind.Closed ? 0 : header.Number;

    /// <summary>Where the next record goes; behind it lies nothing that was answered.</summary>
    public long End { get; set; } = LogFormat.FileHeaderLength;

    /// <summary>Bytes that it takes.</summary>
    public long Capacity { get; init; }

    /// <summary>Whether its space was written beforehand: otherwise each flush is of its length as well.</summary>
    public bool IsPrepared { get; init; }

    /// <summary>Whether records of it were found damaged: it is kept when the interval is closed.</summary>
    public bool IsDamaged { get; set; }

    /// <summary>Closes the file.</summary>
    public void Dispose() => file.Dispose();
}
