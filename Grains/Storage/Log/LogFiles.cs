using System.Globalization;
using AllData.Intervals;
using AllData.Storage.Directories;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

/// <summary>The files of the log store in a data directory.</summary>
internal sealed class LogFiles(string directory, ReplicaStoreIdentity identity)
{
    private readonly string _folder = Path.Combine(directory, DataDirectory.IntervalsFolder);

    /// <summary>Files of closed intervals, and notes.</summary>
    public IntervalFiles Intervals { get; } = new(directory, LogFormat.Extension, identity);

    /// <summary>Where a segment lies.</summary>
    public string SegmentOf(Interval interval, int number) =>
        Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{interval}.{number:0000}{LogFormat.SegmentExtension}"));

    /// <summary>Where the checkpoint of an open interval's index lies.</summary>
    public string IndexOf(Interval interval) => Path.Combine(_folder, interval + LogFormat.IndexExtension);

    /// <summary>Where a closed interval's file is written.</summary>
    public string ClosingOf(Interval interval) => Path.Combine(_folder, interval + LogFormat.ClosingExtension);

    /// <summary>Where the bytes of blocks are kept that were taken out of an interval.</summary>
    public string RefusedOf(Interval interval) => Path.Combine(_folder, interval + ".refused");

    /// <summary>The intervals that have a file, a segment or a note, with the paths of their segments by name.</summary>
    /// <exception cref="ReplicaStoreException">A file is not named like an interval of the cluster's length.</exception>
    public SortedDictionary<Interval, List<string>> Enumerate()
    {
        var intervals = new SortedDictionary<Interval, List<string>>();
        foreach (var interval in Intervals.Enumerate())
        {
            intervals.Add(interval, []);
        }

        foreach (var path in Directory.EnumerateFiles(_folder, "*" + LogFormat.SegmentExtension).Order(StringComparer.Ordinal))
        {
            var interval = Intervals.IntervalOf(path);
            if (!intervals.TryGetValue(interval, out var segments))
            {
                intervals.Add(interval, segments = []);
            }

            segments.Add(path);
        }

        return intervals;
    }

    /// <summary>Bytes of one interval's blocks.</summary>
    public long BytesOf(Interval interval) => Intervals.BytesOf(interval) + Intervals.BytesOf(interval, $".*{LogFormat.SegmentExtension}");

    /// <summary>Removes a file that is needed no more; if that fails, the next start does it.</summary>
    public static void TryDelete(ILogDisk disk, string path)
    {
        try
        {
            if (File.Exists(path))
            {
                DurableFiles.MakeWritable(path);
                disk.Delete(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It says nothing that is not said elsewhere.
        }
    }
}
