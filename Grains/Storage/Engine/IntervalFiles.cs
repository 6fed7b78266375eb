using System.Globalization;
using AllData.Intervals;
using AllData.Storage.Directories;

namespace AllData.Storage.Engine;

/// <summary>The interval files of a data directory: where they lie and which there are.</summary>
/// <param name="directory">The data directory.</param>
/// <param name="extension">How an engine's interval files end, with the dot.</param>
/// <param name="identity">The peer, and how long an interval is.</param>
internal sealed class IntervalFiles(string directory, string extension, ReplicaStoreIdentity identity)
{
    private const string NameFormat = "yyyyMMdd'T'HHmmss";

    private readonly string _folder = Path.Combine(directory, DataDirectory.IntervalsFolder);

    /// <summary>Makes the folder.</summary>
    public void CreateFolder() => DurableFiles.CreateDirectory(_folder);

    /// <summary>Where an interval's file lies.</summary>
    public string PathOf(Interval interval) => Path.Combine(_folder, interval + extension);

    /// <summary>The path of its note.</summary>
    public string NoteOf(Interval interval) => Path.Combine(_folder, interval + IntervalManifestFile.Extension);

    /// <summary>Where it is marked how far the interval has been answered (<see cref="AnsweredMark"/>).</summary>
    public string MarkOf(Interval interval) => Path.Combine(_folder, interval + ".answered");

    /// <summary>Where a damaged file of the interval is set aside.</summary>
    public string SetAsideOf(Interval interval, int number) => Path.Combine(_folder, $"{interval}.damaged-{number}");

    /// <summary>Where the readable blocks of a damaged file are gathered.</summary>
    public string SalvageOf(Interval interval) => Path.Combine(_folder, interval + ".salvage");

    /// <summary>The first number under which no file of the interval has been set aside.</summary>
    public int NextSetAside(Interval interval) =>
        Enumerable.Range(1, int.MaxValue - 1).First(number => !File.Exists(SetAsideOf(interval, number)));

    /// <summary>The intervals that have a file or a note.</summary>
    /// <exception cref="ReplicaStoreException">A file is not named like an interval of the cluster's length.</exception>
    public IEnumerable<Interval> Enumerate() => Directory.EnumerateFiles(_folder, "*" + extension)
        .Concat(Directory.EnumerateFiles(_folder, "*" + IntervalManifestFile.Extension)).Select(IntervalOf).Distinct().Order();

    /// <summary>Bytes of all files, write-ahead logs included.</summary>
    public long TotalBytes() => new DirectoryInfo(_folder).EnumerateFiles().Sum(LengthOf);

    /// <summary>Bytes of one interval's files.</summary>
    public long BytesOf(Interval interval) => BytesOf(interval, extension + "*");

    /// <summary>Bytes of the files of an interval whose names go on like this.</summary>
    public long BytesOf(Interval interval, string pattern) => new DirectoryInfo(_folder).EnumerateFiles(interval + pattern).Sum(LengthOf);

    /// <summary>The interval that a file is named after.</summary>
    /// <exception cref="ReplicaStoreException">It is not named like an interval of the cluster's length.</exception>
    public Interval IntervalOf(string path)
    {
        if (DateTimeOffset.TryParseExact(
                Path.GetFileName(path).Split('.')[0], NameFormat, CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal, out var start)
            && start.ToUnixTimeMilliseconds() >= 0)
        {
            var interval = Interval.Containing(start.ToUnixTimeMilliseconds(), identity.IntervalLength);
            if (interval.StartUnixMilliseconds == start.ToUnixTimeMilliseconds())
            {
                return interval;
            }
        }

        throw new ReplicaStoreException(
            $"{path} is not named like an interval of {identity.IntervalLength}. Move it out of the data directory, or set the "
            + "interval length that the cluster has.");
    }

    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            // A write-ahead log goes when its file is closed.
            return 0;
        }
    }
}
