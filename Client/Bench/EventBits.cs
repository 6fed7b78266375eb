namespace AllData.Client.Bench;

/// <summary>A set of event numbers, one bit each; grows with the largest number. Many threads may set bits at once.</summary>
internal sealed class EventBits
{
    /// <summary>Numbers that fit: with 128 KiB for a million of them, the set never takes more than 512 MiB.</summary>
    public const long Capacity = (long)MaxParts * PartBits;

    private const int MaxParts = 4_096;
    private const int PartBits = 1 << 20;
    private const int WordBits = 64;

    private readonly ulong[]?[] _parts = new ulong[MaxParts][];

    /// <summary>Puts a number into the set; false when it was there already.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative, or beyond <see cref="Capacity"/>.</exception>
    public bool Add(long number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, Capacity);
        var (part, bit) = Math.DivRem(number, PartBits);
        var words = _parts[part] ?? Interlocked.CompareExchange(ref _parts[part], new ulong[PartBits / WordBits], null) ?? _parts[part]!;
        var mask = 1UL << (int)(bit % WordBits);
        return (Interlocked.Or(ref words[bit / WordBits], mask) & mask) == 0;
    }

    /// <summary>The numbers that are in this set and not in another one, ascending.</summary>
    public IEnumerable<long> Except(EventBits other)
    {
        for (var part = 0; part < MaxParts; part++)
        {
            for (var word = 0; _parts[part] is { } words && word < words.Length; word++)
            {
                for (var rest = words[word] & ~(other._parts[part]?[word] ?? 0); rest != 0; rest &= rest - 1)
                {
                    yield return ((long)part * PartBits) + ((long)word * WordBits) + System.Numerics.BitOperations.TrailingZeroCount(rest);
                }
            }
        }
    }
}
