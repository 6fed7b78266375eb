using AllData.Errors;
using AllData.Security;

namespace AllData.Following;

/// <summary>Bounds the readers that follow through this silo, and those of one caller among them.</summary>
/// <param name="limit">Readers at once.</param>
/// <param name="limitOfCaller">Readers of one caller at once.</param>
internal sealed class Followers(int limit, int limitOfCaller)
{
    private readonly CountsByCaller<string> _ofCallers = new(limitOfCaller);
    private int _count;

    /// <summary>Admits one more reader.</summary>
    /// <param name="caller">For which caller; null where callers need not identify themselves.</param>
    /// <returns>Disposed of when it follows no more.</returns>
    /// <exception cref="TooManyFollowersException">There are as many as may be.</exception>
    public IDisposable Enter(string? caller)
    {
        if (caller is not null && !_ofCallers.Enter(caller).IsAdmitted)
        {
            throw new TooManyFollowersException(limitOfCaller, caller);
        }

        if (Interlocked.Increment(ref _count) > limit)
        {
            Leave(caller);
            throw new TooManyFollowersException(limit);
        }

        return new Place(this, caller);
    }

    private void Leave(string? caller)
    {
        Interlocked.Decrement(ref _count);
        if (caller is not null)
        {
            _ofCallers.Leave(caller);
        }
    }

    private sealed class Place(Followers followers, string? caller) : IDisposable
    {
        private int _hasLeft;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _hasLeft, 1) == 0)
            {
                followers.Leave(caller);
            }
        }
    }
}
