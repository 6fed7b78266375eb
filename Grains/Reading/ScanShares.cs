using AllData.Errors;
using AllData.Security;

namespace AllData.Reading;

/// <summary>Bounds the scans that one caller has open at once in a silo, so that it does not take the places of all others.</summary>
/// <param name="limit">Scans of one caller at once.</param>
internal sealed class ScanShares(int limit)
{
    private readonly CountsByCaller<string> _open = new(limit);

    /// <summary>Admits one more scan of a caller.</summary>
    /// <param name="caller">Its name; its address where it has none.</param>
    /// <returns>Disposed of when the scan has ended.</returns>
    /// <exception cref="TooManyScansException">The caller has as many open as one may have.</exception>
    public IDisposable Enter(string caller) =>
        _open.Enter(caller).IsAdmitted ? new Share(_open, caller) : throw new TooManyScansException(limit, caller);

    private sealed class Share(CountsByCaller<string> open, string caller) : IDisposable
    {
        private int _isReturned;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReturned, 1) == 0)
            {
                open.Leave(caller);
            }
        }
    }
}
