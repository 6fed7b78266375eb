using AllData.Events;
using AllData.Protocol.Keys;

namespace AllData.Tests.Unit.Protocol;

/// <summary>Keys one by one, as tests of the generator look at them.</summary>
internal static class OneKey
{
    /// <summary>How far ahead the leases of these tests reach.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    /// <summary>Issues one key.</summary>
    public static KeyIssue Issue(this KeyGenerator keys, KeyRange range, long now, out EventKey key)
    {
        key = default;
        return keys.Issue(range, now, new Span<EventKey>(ref key));
    }
}
