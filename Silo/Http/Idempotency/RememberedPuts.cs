namespace AllData.Silo.Http.Idempotency;

/// <summary>
/// The <c>Idempotency-Key</c> values that this silo process has seen recently, each with its put. None is forgotten before its time: when the maximum
/// is reached, further ones are refused. Safe for several threads.
/// </summary>
internal sealed class RememberedPuts(IdempotencyOptions options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, RememberedPut> _puts = [];
    private readonly Queue<RememberedPut> _byAge = [];

    /// <summary>Values that are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _puts.Count;
            }
        }
    }

    /// <summary>The put of a value, known or new.</summary>
    /// <param name="value">Digest of the value.</param>
    /// <param name="payload">Digest of the event.</param>
    /// <returns>The put; null when it is new and there is no room for it.</returns>
    public RememberedPut? FindOrAdd(UInt128 value, UInt128 payload)
    {
        lock (_lock)
        {
            ForgetOld();
            if (_puts.TryGetValue(value, out var known))
            {
                return known;
            }

            if (_puts.Count >= options.MaxValues)
            {
                return null;
            }

            var put = new RememberedPut(value, payload, time.GetTimestamp());
            _puts.Add(value, put);
            _byAge.Enqueue(put);
            return put;
        }
    }

    /// <summary>Nothing of a put was written: its value can be used again.</summary>
    public void Forget(RememberedPut put)
    {
        lock (_lock)
        {
            if (_puts.TryGetValue(put.Value, out var known) && known == put)
            {
                _puts.Remove(put.Value);
            }

            // Other requests wait for its end: they begin again with a new one.
            put.IsForgotten = true;
            DropForgotten();
        }
    }

    private void ForgetOld()
    {
        while (_byAge.TryPeek(out var oldest) && (oldest.IsForgotten || (!oldest.IsInFlight && time.GetElapsedTime(oldest.Since) >= options.Remember)))
        {
            _byAge.Dequeue();
            if (!oldest.IsForgotten)
            {
                oldest.IsForgotten = true;
                _puts.Remove(oldest.Value);
            }
        }
    }

    // Otherwise entries in the middle of the queue would occupy it without a bound while the oldest one stays.
    private void DropForgotten()
    {
        if (_byAge.Count > 2 * (_puts.Count + 64))
        {
            var kept = _byAge.Where(static put => !put.IsForgotten).ToList();
            _byAge.Clear();
            kept.ForEach(_byAge.Enqueue);
        }
    }
}
