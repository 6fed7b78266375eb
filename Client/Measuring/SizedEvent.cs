using System.Buffers.Text;
using AllData.Events;

namespace AllData.Client.Measuring;

/// <summary>Makes JSON events of an exact size that differ from each other.</summary>
internal sealed class SizedEvent
{
    /// <summary>The smallest size that holds the counter.</summary>
    public const int MinBytes = 32;

    private const int Digits = 12;

    private static readonly byte[] Head = "{\"n\":\""u8.ToArray();
    private static readonly byte[] Middle = "\",\"pad\":\""u8.ToArray();
    private static readonly byte[] Tail = "\"}"u8.ToArray();

    private readonly byte[] _template;
    private long _next;

    /// <summary>Prepares events of a size, at least <see cref="MinBytes"/> bytes.</summary>
    public SizedEvent(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, MinBytes);
        var padding = size - Head.Length - Digits - Middle.Length - Tail.Length;
        _template = [.. Head, .. new byte[Digits], .. Middle, .. Enumerable.Repeat((byte)'x', padding), .. Tail];
    }

    /// <summary>The next event.</summary>
    public EventPayload Next()
    {
        var bytes = _template.AsSpan().ToArray();
        var written = Utf8Formatter.TryFormat(Interlocked.Increment(ref _next), bytes.AsSpan(Head.Length), out _, new('D', Digits));
        return written ? EventPayload.FromBytes(bytes) : throw new InvalidOperationException("The counter has outgrown its digits.");
    }
}
