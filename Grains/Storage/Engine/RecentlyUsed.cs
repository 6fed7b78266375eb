namespace AllData.Storage.Engine;

/// <summary>Keeps the few things open that were used last; the one that was not used for longest is closed. For one thread.</summary>
/// <param name="capacity">How many stay open, a handful.</param>
/// <param name="open">Opens one.</param>
internal sealed class RecentlyUsed<TKey, TValue>(int capacity, Func<TKey, TValue> open) : IDisposable
    where TKey : notnull
    where TValue : IDisposable
{
    // The last used one is at the end.
    private readonly List<KeyValuePair<TKey, TValue>> _items = [];

    /// <summary>What is open now.</summary>
    public IEnumerable<TValue> Open => _items.Select(item => item.Value);

    /// <summary>Gets one, opening it if needed.</summary>
    public TValue Get(TKey key)
    {
        var index = _items.FindIndex(item => EqualityComparer<TKey>.Default.Equals(item.Key, key));
        if (index < 0)
        {
            MakeRoom();
            _items.Add(new(key, open(key)));
        }
        else if (index < _items.Count - 1)
        {
            var item = _items[index];
            _items.RemoveAt(index);
            _items.Add(item);
        }

        return _items[^1].Value;
    }

    /// <summary>One, if it is open.</summary>
    public TValue? Find(TKey key) => _items.Find(item => EqualityComparer<TKey>.Default.Equals(item.Key, key)).Value;

    /// <summary>Closes one, if it is open.</summary>
    public void Close(TKey key)
    {
        var index = _items.FindIndex(item => EqualityComparer<TKey>.Default.Equals(item.Key, key));
        if (index >= 0)
        {
            var value = _items[index].Value;
            _items.RemoveAt(index);
            value.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var item in _items)
        {
            item.Value.Dispose();
        }

        _items.Clear();
    }

    private void MakeRoom()
    {
        if (_items.Count >= capacity)
        {
            var oldest = _items[0].Value;
            _items.RemoveAt(0);
            oldest.Dispose();
        }
    }
}
