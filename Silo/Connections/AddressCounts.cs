using System.Net;

namespace AllData.Silo.Connections;

/// <summary>Counts the connections of each address. Safe for several threads.</summary>
/// <param name="limit">Connections at once from one address.</param>
internal sealed class AddressCounts(int limit)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, Count> _counts = [];

    /// <summary>Counts one more, unless the address has reached its number.</summary>
    /// <returns>Whether it is counted; and if not, whether it is the first refused since one of the address has ended.</returns>
    public (bool IsAdmitted, bool IsFirstRefusal) Enter(IPAddress address)
    {
        lock (_lock)
        {
            var count = _counts.GetValueOrDefault(address);
            var isAdmitted = count.Open < limit;
            _counts[address] = isAdmitted ? count with { Open = count.Open + 1 } : count with { IsTold = true };
            return (isAdmitted, !isAdmitted && !count.IsTold);
        }
    }

    /// <summary>One that was counted has ended.</summary>
    public void Leave(IPAddress address)
    {
        lock (_lock)
        {
            var open = _counts[address].Open - 1;
            if (open == 0)
            {
                _counts.Remove(address);
            }
            else
            {
                _counts[address] = new Count(open, IsTold: false);
            }
        }
    }

    private readonly record struct Count(int Open, bool IsTold);
}
