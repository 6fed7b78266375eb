namespace AllData.Remote.Http.Serving;

/// <summary>Counts the requests in flight and the bytes of their questions and answers, each up to a bound.</summary>
/// <param name="maxRequests">Requests at once.</param>
/// <param name="maxBytes">Bytes at once.</param>
internal sealed class PeerTraffic(int maxRequests, long maxBytes)
{
    private int _requests;
    private long _bytes;

    /// <summary>Requests in flight.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Their bytes.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Takes a place for a request, and room for its question; null where there is none.</summary>
    public Share? TryEnter(long bytes)
    {
        if (Interlocked.Increment(ref _requests) <= maxRequests && TryTake(bytes))
        {
            return new Share(this, bytes);
        }

        Interlocked.Decrement(ref _requests);
        return null;
    }

    private bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= maxBytes)
        {
            return true;
        }

        Interlocked.Add(ref _bytes, -bytes);
        return false;
    }

    /// <summary>What one request has taken; given back as a whole.</summary>
    internal sealed class Share(PeerTraffic traffic, long bytes) : IDisposable
    {
        private long _bytes = bytes;

        /// <summary>Takes room for the answer, too; false where there is none.</summary>
        public bool TryGrow(long bytes)
        {
            if (!traffic.TryTake(bytes))
            {
                return false;
            }

            _bytes += bytes;
            return true;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            Interlocked.Add(ref traffic._bytes, -_bytes);
            Interlocked.Decrement(ref traffic._requests);
        }
    }
}
