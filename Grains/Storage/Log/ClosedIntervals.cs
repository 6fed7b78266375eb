using AllData.Intervals;

namespace AllData.Storage.Log;

/// <summary>
/// The closed intervals that were read last, with their indexes. Bounded by the number of blocks that these know: the least recently used is closed, when
/// no thread reads it. Used by several threads.
/// </summary>
/// <param name="maxBlocks">Blocks of all indexes, at most; a single larger one is kept while it is used.</param>
/// <param name="open">Opens one.</param>
internal sealed class ClosedIntervals(long maxBlocks, Func<Interval, ClosedFile> open) : IDisposable
{
    /// <summary>Some 30 megabytes.</summary>
    public const long DefaultBlocks = 250_000;

    private readonly Lock _gate = new();

    // The last used one is at the end.
    private readonly LinkedList<Item> _items = [];

    /// <summary>Uses one, opened if needed.</summary>
    public T Use<T>(Interval interval, Func<ClosedFile, T> use)
    {
        var item = Enter(interval);
        try
        {
            return use(item.File.Value);
        }
        finally
        {
            Exit(item);
        }
    }

    /// <summary>Closes one, while no thread uses it.</summary>
    public void Close(Interval interval)
    {
        lock (_gate)
        {
            if (Find(interval) is { } node)
            {
                _items.Remove(node);
                node.Value.Close();
            }
        }
    }

    /// <summary>Closes all.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var item in _items)
            {
                item.Close();
            }

            _items.Clear();
        }
    }

    private Item Enter(Interval interval)
    {
        lock (_gate)
        {
            var node = Find(interval) ?? new LinkedListNode<Item>(new Item(interval, new Lazy<ClosedFile>(() => open(interval))));
            if (node.List is not null)
            {
                _items.Remove(node);
            }

            _items.AddLast(node);
            node.Value.Users++;
            return node.Value;
        }
    }

    private void Exit(Item item)
    {
        lock (_gate)
        {
            item.Users--;
            if (!item.File.IsValueCreated)
            {
                // It could not be opened: the next one that asks tries again.
                _items.Remove(item);
            }

            for (var node = _items.First; node is not null && _items.Sum(static i => i.Blocks) > maxBlocks;)
            {
                var next = node.Next;
                if (node.Value.Users == 0)
                {
                    _items.Remove(node);
                    node.Value.Close();
                }

                node = next;
            }
        }
    }

    private LinkedListNode<Item>? Find(Interval interval)
    {
        for (var node = _items.First; node is not null; node = node.Next)
        {
            if (node.Value.Interval == interval)
            {
                return node;
            }
        }

        return null;
    }

    private sealed class Item(Interval interval, Lazy<ClosedFile> file)
    {
        public Interval Interval => interval;

        public Lazy<ClosedFile> File => file;

        public int Users { get; set; }

        public long Blocks => file.IsValueCreated ? file.Value.Index.Count : 0;

        public void Close()
        {
            if (file.IsValueCreated)
            {
                file.Value.Dispose();
            }
        }
    }
}
