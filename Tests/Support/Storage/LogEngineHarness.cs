using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using AllData.Storage.Directories;
using AllData.Storage.Engine;
using AllData.Storage.Log;
using AllData.Storage.Replica;

namespace AllData.Tests.Support;

/// <summary>The log engine, in a folder of its own, on a disk that can fail.</summary>
internal sealed class LogEngineHarness : IStorageEngineHarness
{
    private readonly StorageFolder _folder = new();

    /// <summary>The disk.</summary>
    public FaultyLogDisk Disk { get; } = new();

    /// <summary>The data directory.</summary>
    public string Path => _folder.Path;

    /// <summary>What a test reaches into; the disk is always the harness' own.</summary>
    public LogSeams Seams { get; set; } = LogSeams.None;

    private string Folder => System.IO.Path.Combine(Path, "intervals");

    /// <inheritdoc/>
    public IStorageEngine Open(EngineSetting setting) => LogEngine.Open(Path, Seams with { Disk = Disk }, setting);

    /// <summary>Opens a store in any directory, on any disk.</summary>
    public static IReplicaStore OpenAt(string path, ILogDisk? disk = null, StorageOptions? options = null) => ReplicaStore.Open(
        EngineStores.SettingOf(options),
        setting => LogEngine.Open(path, LogSeams.None with { Disk = disk ?? SystemLogDisk.Instance }, setting));

    /// <summary>The file of a closed interval.</summary>
    public string FileOf(Interval interval) => System.IO.Path.Combine(Folder, $"{interval}{LogFormat.Extension}");

    /// <summary>The segments of an open interval.</summary>
    public string[] SegmentsOf(Interval interval) => SegmentsIn(Path, interval);

    /// <summary>The segments of an open interval in any directory.</summary>
    public static string[] SegmentsIn(string path, Interval interval) =>
        [.. Directory.GetFiles(System.IO.Path.Combine(path, "intervals"), $"{interval}.*{LogFormat.SegmentExtension}").Order()];

    /// <inheritdoc/>
    public void Damage(BlockId id)
    {
        foreach (var (path, _, record, offset) in RecordsOf(id))
        {
            FileBytes.Flip(path, offset + LogRecord.HeaderLength + record.Length - 1, 1);
        }
    }

    /// <inheritdoc/>
    public void Forge(BlockId id, byte[] bytes, CopysetId copyset, string members)
    {
        foreach (var (path, header, record, offset) in RecordsOf(id))
        {
            var digest = EventDigest.ReadFrom(bytes.AsSpan(8));
            var forged = record with { Digest = digest, Bucket = copyset };
            var whole = new byte[LogRecord.HeaderLength + bytes.Length];
            forged.WriteTo(whole, header.Seed, offset);
            bytes.CopyTo(whole, LogRecord.HeaderLength);
            FileBytes.Write(path, offset, whole);
            var interval = Interval.Containing(record.First.UnixMilliseconds, TimeSpan.FromHours(1));
            Tamper(interval, rows =>
            {
                var number = (int)record.Number;
                rows.Entries[number] = rows.Entries[number] with { Digest = digest, Bucket = copyset };
                Replace(rows.Rows.Buckets, row => row.Copyset == record.Bucket && row.UnixMinute == record.First.UnixMinute,
                    row => row with { Copyset = copyset });
                rows.Rows.Copysets.Add(new CopysetRow(copyset, members));
            });
        }
    }

    /// <inheritdoc/>
    public void WriteCopyset(Interval interval, CopysetId copyset, string members) => Tamper(interval, rows =>
    {
        rows.Rows.Copysets.RemoveAll(row => row.Id == copyset);
        rows.Rows.Copysets.Add(new CopysetRow(copyset, members));
    });

    /// <inheritdoc/>
    public IReadOnlyDictionary<CopysetId, string> ReadCopysets(Interval interval) =>
        TamperedIndex.Read(Path, interval).Rows.Copysets.ToDictionary(static row => row.Id, static row => row.Members);

    /// <inheritdoc/>
    public IReadOnlyList<BucketRow> ReadBuckets(Interval interval) => ReadBuckets(Path, interval);

    /// <summary>The buckets of an interval in any directory, as they are stored.</summary>
    public static IReadOnlyList<BucketRow> ReadBuckets(string path, Interval interval) =>
        [.. TamperedIndex.Read(path, interval).Rows.Buckets.OrderBy(static b => b.Copyset).ThenBy(static b => b.UnixMinute)
            .Select(static b => new BucketRow(b.Copyset, b.UnixMinute, b.Blocks, b.Events, b.DigestSum.Value))];

    /// <inheritdoc/>
    public void WriteBucket(Interval interval, BucketRow row) => Tamper(interval, rows =>
    {
        rows.Rows.Buckets.RemoveAll(bucket => bucket.Copyset == row.Copyset && bucket.UnixMinute == row.Minute);
        rows.Rows.Buckets.Add(new BucketSum(row.Copyset, row.Minute, row.Blocks, row.Events, new EventDigest(row.DigestSum)));
    });

    /// <inheritdoc/>
    public void DeleteBucket(Interval interval, CopysetId copyset, UnixMinute minute) =>
        Tamper(interval, rows => rows.Rows.Buckets.RemoveAll(bucket => bucket.Copyset == copyset && bucket.UnixMinute == minute));

    /// <inheritdoc/>
    public void ForgetTopics(Interval interval) => Tamper(interval, static rows => rows.Rows.Topics.Clear());

    /// <inheritdoc/>
    public void ForgetLate(Interval interval) => Tamper(interval, static rows => rows.Rows.Late.Clear());

    /// <inheritdoc/>
    public void LoseInterval(Interval interval)
    {
        foreach (var file in SegmentsOf(interval).Append(FileOf(interval)).Where(File.Exists))
        {
            DurableFiles.MakeWritable(file);
            File.Delete(file);
        }
    }

    /// <inheritdoc/>
    public void FailFlushes() => Disk.FailsToFlush = true;

    /// <inheritdoc/>
    public void FillDisk() => Disk.IsFull = true;

    /// <inheritdoc/>
    public void Mend() => (Disk.FailsToFlush, Disk.IsFull) = (false, false);

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private List<LogRecordPlace> RecordsOf(BlockId id) =>
        [.. LogRecords.ReadAll(Folder).Where(r => r.Record.Kind == LogRecordKind.Block && r.Record.Id == id)];

    private void Tamper(Interval interval, Action<TamperedIndex> change)
    {
        var index = TamperedIndex.Read(Path, interval);
        change(index);
        index.Write();
    }

    private static void Replace<T>(List<T> rows, Predicate<T> which, Converter<T, T> change)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            rows[i] = which(rows[i]) ? change(rows[i]) : rows[i];
        }
    }
}
