using System.Buffers.Binary;
using System.IO.Hashing;

namespace AllData.Storage.Log;

/// <summary>Writes a file from a place on, in large pieces, and sums it up. For one thread.</summary>
/// <param name="file">The file.</param>
/// <param name="offset">Where to begin.</param>
internal sealed class LogStreamWriter(ILogFile file, long offset)
{
    private const int BufferLength = 1 << 20;

    private readonly byte[] _buffer = new byte[BufferLength];
    private readonly XxHash3 _hash = new();
    private long _start = offset;
    private int _used;

    private static ReadOnlySpan<byte> Zeros => [0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Where the next byte goes.</summary>
    public long Position => _start + _used;

    /// <summary>Writes bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        _hash.Append(bytes);
        if (bytes.Length > _buffer.Length - _used)
        {
            Drain();
        }

        if (bytes.Length > _buffer.Length)
        {
            file.Write(bytes, _start);
            _start += bytes.Length;
            return;
        }

        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    /// <summary>Writes zeros up to where a record may begin.</summary>
    public void Align() => Write(Zeros[..(int)(LogFormat.Align(Position) - Position)]);

    /// <summary>Begins a new sum.</summary>
    public void RestartSum() => _hash.Reset();

    /// <summary>Writes the sum of what was written since the last one.</summary>
    public void WriteSum()
    {
        Span<byte> sum = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(sum, _hash.GetCurrentHashAsUInt64());
        Write(sum);
        RestartSum();
    }

    /// <summary>Writes what is still in memory.</summary>
    public void Drain()
    {
        file.Write(_buffer.AsSpan(0, _used), _start);
        _start += _used;
        _used = 0;
    }
}

/// <summary>Reads a file from a place on, in large pieces, and sums it up. For one thread.</summary>
/// <param name="file">The file.</param>
/// <param name="offset">Where to begin.</param>
internal sealed class LogStreamReader(ILogFile file, long offset)
{
    private const int BufferLength = 1 << 20;

    private readonly byte[] _buffer = new byte[BufferLength];
    private readonly XxHash3 _hash = new();
    private long _next = offset;
    private int _begin;
    private int _end;

    /// <summary>Where the next byte is.</summary>
    public long Position => _next - (_end - _begin);

    /// <summary>The next bytes, at most a kilobyte, until the next call.</summary>
    /// <exception cref="LogDamageException">The file ends before them.</exception>
    public ReadOnlySpan<byte> Read(int length)
    {
        if (_end - _begin < length)
        {
            _buffer.AsSpan(_begin, _end - _begin).CopyTo(_buffer);
            (_end, _begin) = (_end - _begin, 0);
            var read = file.Read(_buffer.AsSpan(_end), _next);
            (_end, _next) = (_end + read, _next + read);
            if (_end < length)
            {
                throw new LogDamageException("the file ends in the middle of its index");
            }
        }

        var bytes = _buffer.AsSpan(_begin, length);
        _begin += length;
        _hash.Append(bytes);
        return bytes;
    }

    /// <summary>Reads a sum and compares it with that of what was read since the last one.</summary>
    public bool ReadSum()
    {
        var sum = _hash.GetCurrentHashAsUInt64();
        var isSame = BinaryPrimitives.ReadUInt64LittleEndian(Read(sizeof(ulong))) == sum;
        _hash.Reset();
        return isSame;
    }
}
