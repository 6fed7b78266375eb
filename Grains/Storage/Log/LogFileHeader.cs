using System.Buffers.Binary;
using System.Text;
using AllData.Intervals;

namespace AllData.Storage.Log;

/// <summary>What a file of the log store is.</summary>
internal enum LogFileKind : ushort
{
    /// <summary>Part of an open interval.</summary>
    Segment = 1,

    /// <summary>A closed interval.</summary>
    Closed = 2,

    /// <summary>A checkpoint of an open interval's index.</summary>
    Index = 3,
}

/// <summary>A file of the log store that cannot be what it should be.</summary>
internal sealed class LogDamageException(string message) : FormatException(message);

/// <summary>The first bytes of a file: whose it is, and the id that the checksums of its records have in them.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">Chosen at random when it was made.</param>
/// <param name="Cluster">The cluster.</param>
/// <param name="Peer">The peer's name.</param>
/// <param name="StartUnixMilliseconds">The interval's start.</param>
/// <param name="LengthMilliseconds">The interval's length.</param>
/// <param name="Number">Of a segment, as in its name.</param>
internal sealed record LogFileHeader(
    LogFileKind Kind, Guid Id, Guid Cluster, string Peer, long StartUnixMilliseconds, long LengthMilliseconds, int Number)
{
    private const int VersionOffset = 4;
    private const int KindOffset = 6;
    private const int IdOffset = 8;
    private const int ClusterOffset = 24;
    private const int StartOffset = 40;
    private const int LengthOffset = 48;
    private const int NumberOffset = 56;
    private const int PeerLengthOffset = 60;
    private const int PeerOffset = 64;
    private const int MaxPeerLength = 64;

    private static ReadOnlySpan<byte> Magic => "ADLG"u8;

    /// <summary>The seed of the file's checksums.</summary>
    public ulong Seed { get; } = LogFormat.SeedOf(Id);

    /// <summary>The header of a file that is made now.</summary>
    public static LogFileHeader New(LogFileKind kind, Guid id, Interval interval, ReplicaStoreIdentity identity, int number) => new(
        kind, id, identity.ClusterId, identity.Peer.Value, interval.StartUnixMilliseconds, interval.LengthMilliseconds, number);

    /// <summary>Writes it to the beginning of a file.</summary>
    public void WriteTo(ILogFile file)
    {
        var bytes = new byte[LogFormat.FileHeaderLength];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(VersionOffset), LogFormat.Version);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(KindOffset), (ushort)Kind);
        Id.TryWriteBytes(bytes.AsSpan(IdOffset), bigEndian: true, out _);
        Cluster.TryWriteBytes(bytes.AsSpan(ClusterOffset), bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(StartOffset), StartUnixMilliseconds);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(LengthOffset), LengthMilliseconds);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(NumberOffset), Number);
        bytes[PeerLengthOffset] = checked((byte)Encoding.UTF8.GetBytes(Peer, bytes.AsSpan(PeerOffset, MaxPeerLength)));
        LogFormat.WriteChecksum(bytes, Seed, offset: 0);
        file.Write(bytes, 0);
    }

    /// <summary>Reads the beginning of a file.</summary>
    /// <exception cref="LogDamageException">It does not begin like one, or is damaged.</exception>
    /// <exception cref="ReplicaStoreException">Its format version is not known.</exception>
    public static LogFileHeader ReadFrom(ILogFile file, string path)
    {
        var bytes = new byte[LogFormat.FileHeaderLength];
        if (file.Read(bytes, 0) < bytes.Length || !bytes.AsSpan().StartsWith(Magic))
        {
            throw new LogDamageException($"{path} does not begin like a file of the log store.");
        }

        var id = new Guid(bytes.AsSpan(IdOffset, 16), bigEndian: true);
        if (!LogFormat.HasChecksum(bytes, LogFormat.SeedOf(id), offset: 0))
        {
            throw new LogDamageException($"The first {bytes.Length} bytes of {path} are damaged.");
        }

        var version = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(VersionOffset));
        return version != LogFormat.Version
            ? throw new ReplicaStoreException(
                $"{path} has format version {version}; this program knows version {LogFormat.Version}. Use the program that wrote it.")
            : new LogFileHeader(
                (LogFileKind)BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(KindOffset)),
                id,
                new Guid(bytes.AsSpan(ClusterOffset, 16), bigEndian: true),
                Encoding.UTF8.GetString(bytes, PeerOffset, Math.Min((int)bytes[PeerLengthOffset], MaxPeerLength)),
                BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(StartOffset)),
                BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(LengthOffset)),
                BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(NumberOffset)));
    }

    /// <summary>Refuses a file of another peer, cluster or interval.</summary>
    /// <exception cref="ReplicaStoreException">It is; the message names both.</exception>
    public void Check(string path, Interval interval, ReplicaStoreIdentity identity)
    {
        Check(path, identity, "cluster_id", Cluster.ToString(), identity.ClusterId.ToString());
        Check(path, identity, "peer_id", Peer, identity.Peer.Value);
        Check(path, identity, "interval", Describe(StartUnixMilliseconds, LengthMilliseconds), Describe(
            interval.StartUnixMilliseconds, interval.LengthMilliseconds));
    }

    private static void Check(string path, ReplicaStoreIdentity identity, string name, string found, string expected)
    {
        if (!identity.IsOurs(name, found, expected))
        {
            throw new ReplicaStoreException(
                $"{path} belongs to {name} '{found}', not to '{expected}'. Move it back to where it came from: other peers hold its blocks too.");
        }
    }

    private static string Describe(long start, long length) =>
        Interval.AllowedLengths.Contains(TimeSpan.FromMilliseconds(length)) && start >= 0
            ? $"{Interval.Containing(start, TimeSpan.FromMilliseconds(length))} of {TimeSpan.FromMilliseconds(length)}"
            : $"{start} of {length} ms";
}
