using System.Collections.Immutable;
using System.Globalization;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

/// <summary>Reads a segment, or the file of a closed interval, without a store and without a cluster. Changes nothing.</summary>
internal sealed class LogInspection : IIntervalInspection
{
    private readonly ILogFile _file;
    private readonly LogFileHeader _header;
    private readonly ClosedTrailer? _trailer;

    private LogInspection(ILogFile file, LogFileHeader header, ClosedTrailer? trailer) => (_file, _header, _trailer) = (file, header, trailer);

    /// <inheritdoc/>
    public ImmutableArray<KeyValuePair<string, string>> Meta =>
        [.. Identity().Concat(Content()).Select(static row => new KeyValuePair<string, string>(row.Name, row.Value))];

    /// <summary>Whether a file begins like one of the log store.</summary>
    public static bool IsOne(string path)
    {
        Span<byte> start = stackalloc byte[4];
        using var file = SystemLogDisk.Instance.Open(path, isWritable: false);
        return file.Read(start, 0) == start.Length && start.SequenceEqual("ADLG"u8);
    }

    /// <summary>Opens a file.</summary>
    /// <exception cref="ReplicaStoreException">It cannot be read as one of the log store; the message says why.</exception>
    public static LogInspection Open(string path)
    {
        var file = SystemLogDisk.Instance.Open(path, isWritable: false);
        try
        {
            var header = LogFileHeader.ReadFrom(file, path);
            return new LogInspection(file, header, ClosedTrailer.TryRead(file, header, out var trailer) ? trailer : null);
        }
        catch (Exception e)
        {
            file.Dispose();
            throw e is LogDamageException
                ? new ReplicaStoreException($"{path} cannot be read as an interval file: {e.Message} Other peers hold its blocks too.", e)
                : e;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<InspectedBlock> Blocks()
    {
        var places = new Places();
        new SegmentScan(_file, _header.Seed).Run(LogFormat.FileHeaderLength, _trailer?.Index ?? _file.Length, places);
        return places.Found.Select(place => Inspect(place.Record, place.Offset));
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private IEnumerable<(string Name, string Value)> Identity()
    {
        var length = TimeSpan.FromMilliseconds(_header.LengthMilliseconds);
        return
        [
            ("cluster_id", _header.Cluster.ToString()),
            ("file_id", _header.Id.ToString()),
            ("format_version", LogFormat.Version.ToString(CultureInfo.InvariantCulture)),
            ("interval", Interval.AllowedLengths.Contains(length) ? Interval.Containing(_header.StartUnixMilliseconds, length).ToString() : "unknown"),
            ("interval_seconds", ((long)length.TotalSeconds).ToString(CultureInfo.InvariantCulture)),
            ("kind", _header.Kind.ToString().ToLowerInvariant()),
            ("peer_id", _header.Peer),
        ];
    }

    private IEnumerable<(string Name, string Value)> Content() => _trailer is { } closed
        ?
        [
            ("state", "closed"),
            ("blocks", closed.Sum.Blocks.ToString(CultureInfo.InvariantCulture)),
            ("events", closed.Sum.Events.ToString(CultureInfo.InvariantCulture)),
            ("digest", closed.Sum.DigestSum.ToString()),
            ("closed_at", closed.ClosedAt.ToString("O", CultureInfo.InvariantCulture)),
        ]
        : [("segment", _header.Number.ToString(CultureInfo.InvariantCulture))];

    private InspectedBlock Inspect(LogRecord record, long offset)
    {
        var bytes = new byte[record.Length];
        var read = _file.Read(bytes, offset + LogRecord.HeaderLength);
        var (block, fault) = Decode(record, bytes.AsSpan(0, read));
        return new InspectedBlock(
            record.Id.ToString(), record.Bucket, block is null ? [] : [.. block.Header.Copyset.Ordinals], record.First.ToString(), record.Last.ToString(),
            record.Events, record.Length, fault)
        {
            Block = block,
        };
    }

    private static (Block? Block, string? Fault) Decode(in LogRecord record, ReadOnlySpan<byte> bytes)
    {
        try
        {
            var block = BlockCodec.Decode(bytes.ToArray());
            var (header, fault) = (block.Header, BlockRecords.Fault(block.Header, block.GetReader()));
            return header.BlockDigest != record.Digest || header.Id != record.Id || header.BucketId != record.Bucket || header.FirstKey != record.First
                || header.LastKey != record.Last || header.EventCount != record.Events
                    ? (block, "the head of its record does not agree with its header.")
                    : (block, fault);
        }
        catch (BlockFormatException e)
        {
            return (null, e.Message);
        }
    }

    private sealed class Places : IRecordVisitor
    {
        public List<(LogRecord Record, long Offset)> Found { get; } = [];

        public void OnRecord(FoundRecord found)
        {
            if (found.Record.Kind == LogRecordKind.Block)
            {
                Found.Add((found.Record, found.Offset));
            }
        }

        public void OnGap(long from, long to)
        {
            // What is no record has no block that could be named.
        }
    }
}
