using AllData.Protocol.Blocks;

namespace AllData.Storage.Log;

/// <summary>
/// The entries of an index by number, from 1 on, and their numbers by id: some 100 bytes a block and 8 to 16 for its id. Not copied as it grows. For one thread
/// at a time.
/// </summary>
internal sealed class BlockEntries
{
    private const int ChunkLength = 1024;
    private const int FirstSlots = 1024;

    // Slots are filled by a half at most: probes stay short.
    private const int SlotsPerEntry = 2;

    private readonly List<BlockEntry[]> _chunks = [];
    private int[] _slots = new int[FirstSlots];
    private int _used;

    /// <summary>The highest number.</summary>
    public int Count { get; private set; }

    /// <summary>The entry of a number; one that does not exist where no block has it.</summary>
    public BlockEntry this[int number] => number < 1 || number > Count ? default : _chunks[(number - 1) / ChunkLength][(number - 1) % ChunkLength];

    /// <summary>The number of a block; 0 when it is not there.</summary>
    public int Find(BlockId id)
    {
        for (var slot = SlotOf(id, _slots.Length); _slots[slot] is > 0 and var number; slot = (slot + 1) & (_slots.Length - 1))
        {
            if (this[number] is { Exists: true } entry && entry.Id == id)
            {
                return number;
            }
        }

        return 0;
    }

    /// <summary>Sets the entry of a number, of the same block as before or of one that is not there yet.</summary>
    public void Set(int number, in BlockEntry entry)
    {
        while (_chunks.Count * ChunkLength < number)
        {
            _chunks.Add(new BlockEntry[ChunkLength]);
        }

        var isNew = !this[number].Exists;
        Count = Math.Max(Count, number);
        _chunks[(number - 1) / ChunkLength][(number - 1) % ChunkLength] = entry;
        if (isNew && entry.Exists)
        {
            Remember(number, entry.Id);
        }
    }

    // A slot of an entry that was removed stays, and is passed over.
    private void Remember(int number, BlockId id)
    {
        if (++_used * SlotsPerEntry > _slots.Length)
        {
            Grow();
        }

        Place(_slots, number, id);
    }

    private void Grow()
    {
        var larger = new int[_slots.Length * 2];
        foreach (var number in _slots)
        {
            if (this[number] is { Exists: true } entry)
            {
                Place(larger, number, entry.Id);
            }
        }

        _slots = larger;
    }

    private static void Place(int[] slots, int number, BlockId id)
    {
        var slot = SlotOf(id, slots.Length);
        while (slots[slot] > 0 && slots[slot] != number)
        {
            slot = (slot + 1) & (slots.Length - 1);
        }

        slots[slot] = number;
    }

    // Sequences count up: the multiplication spreads them.
    private static int SlotOf(BlockId id, int slots)
    {
        var mixed = unchecked(((ulong)id.Sequence + ((ulong)(uint)id.Ordinal << 40) + ((ulong)(uint)id.Incarnation << 20)) * 0x9E3779B97F4A7C15);
        return (int)(mixed >> 33) & (slots - 1);
    }
}
