using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Storage.Engine;

/// <summary>
/// Compares a block's header with its records. A digest proves that the bytes are those that the coordinator formed, not that it formed them
/// correctly: a block filed under keys that it does not have would never be found, and its sums would stand for other events.
/// </summary>
internal static class BlockRecords
{
    /// <summary>What is wrong; null when header and records agree.</summary>
    /// <param name="header">The header.</param>
    /// <param name="reader">The records.</param>
    public static string? Fault(BlockHeader header, PackedEventReader reader)
    {
        var count = 0;
        var sum = ArrivalKeys.DigestOf(header.Arrival);
        EventKey last = default;
        try
        {
            while (reader.MoveNext())
            {
                var current = reader.Current;
                var key = current.Key;
                if (count == 0 ? key != header.FirstKey : key <= last)
                {
                    return count == 0 ? $"it begins with key {key}, its header says {header.FirstKey}" : $"key {key} comes after {last}";
                }

                last = key;
                sum += current.Digest;
                count++;
            }
        }
        catch (FormatException e)
        {
            return e.Message;
        }

        return count != header.EventCount ? $"it has {count} events, its header says {header.EventCount}"
            : last != header.LastKey ? $"it ends with key {last}, its header says {header.LastKey}"
            : sum != header.EventDigestSum ? "the sum of its event digests is not what its header says"
            : null;
    }
}
