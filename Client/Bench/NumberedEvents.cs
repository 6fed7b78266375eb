using System.Buffers.Text;
using System.Text;
using AllData.Events;

namespace AllData.Client.Bench;

/// <summary>The events of one run: JSON of an exact size, each with the run's name and a number, so that a reader knows which it has found.</summary>
internal sealed class NumberedEvents
{
    /// <summary>The smallest size that holds the run's name and the number.</summary>
    public const int MinBytes = 64;

    private const int Digits = 12;
    private const int NameLength = 16;

    private static readonly byte[] Middle = "\",\"pad\":\""u8.ToArray();
    private static readonly byte[] Tail = "\"}"u8.ToArray();

    private readonly byte[] _head;
    private readonly byte[] _template;

    /// <summary>Prepares the events of a run.</summary>
    /// <param name="size">Bytes of an event, at least <see cref="MinBytes"/>.</param>
    /// <param name="random">Names the run: two runs never have the same name, but by a chance of 1 in 2^64.</param>
    public NumberedEvents(int size, Random random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, MinBytes);
        Run = random.NextInt64(long.MinValue, long.MaxValue).ToString($"x{NameLength}");
        Size = size;
        _head = Encoding.ASCII.GetBytes($"{{\"run\":\"{Run}\",\"n\":\"");
        var padding = size - _head.Length - Digits - Middle.Length - Tail.Length;
        _template = [.. _head, .. new byte[Digits], .. Middle, .. Enumerable.Repeat((byte)'x', padding), .. Tail];
    }

    /// <summary>The run's name.</summary>
    public string Run { get; }

    /// <summary>Bytes of an event.</summary>
    public int Size { get; }

    /// <summary>An event.</summary>
    /// <param name="number">Its number, from 0.</param>
    public EventPayload Create(long number)
    {
        var bytes = new byte[Size];
        Write(number, bytes);
        return EventPayload.FromBytes(bytes);
    }

    /// <summary>Writes an event where the caller has room for <see cref="Size"/> bytes.</summary>
    public void Write(long number, Span<byte> destination)
    {
        _template.CopyTo(destination);
        if (!Utf8Formatter.TryFormat(number, destination.Slice(_head.Length, Digits), out _, new('D', Digits)))
        {
            throw new InvalidOperationException("The number has outgrown its digits.");
        }
    }

    /// <summary>The number of an event of this run; false when it is not of this run.</summary>
    public bool TryRead(ReadOnlySpan<byte> payload, out long number)
    {
        number = 0;
        return payload.Length == Size && payload.StartsWith(_head)
            && Utf8Parser.TryParse(payload.Slice(_head.Length, Digits), out number, out var used) && used == Digits;
    }
}
