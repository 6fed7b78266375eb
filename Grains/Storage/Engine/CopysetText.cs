using System.Collections.Immutable;
using System.Globalization;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Storage.Engine;

/// <summary>
/// The members of a copyset as the stores keep them: <c>1,2,3</c>, and <c>1,2/3</c> when its blocks request more copies than there were peers to
/// be members. Repair grows the copyset then. Where its blocks have a topic, that follows behind a space: <c>1,2,3 orders</c>.
/// </summary>
internal static class CopysetText
{
    private const char FactorMark = '/';
    private const char TopicMark = ' ';

    public static string Format(Copyset copyset, int replicationFactor, Topic? topic)
    {
        var members = Format(copyset, replicationFactor);
        return topic is { } one ? $"{members}{TopicMark}{one}" : members;
    }

    private static string Format(Copyset copyset, int replicationFactor)
    {
        var members = string.Join(',', copyset.Ordinals);
        return replicationFactor > copyset.Ordinals.Length ? string.Create(CultureInfo.InvariantCulture, $"{members}{FactorMark}{replicationFactor}") : members;
    }

    /// <summary>Reads a copyset; null when the text is not valid, or is another copyset's. That is a fault of its row, and of nothing else.</summary>
    public static CopysetDefinition? TryParse(CopysetId id, string? text)
    {
        if (text is null)
        {
            return null;
        }

        Topic? topic = null;
        if (text.IndexOf(TopicMark, StringComparison.Ordinal) is >= 0 and var end)
        {
            if (!Topic.TryParse(text[(end + 1)..], out var one))
            {
                return null;
            }

            (topic, text) = (one, text[..end]);
        }

        var mark = text.IndexOf(FactorMark, StringComparison.Ordinal);
        var members = (mark < 0 ? text : text[..mark]).Split(',');
        var ordinals = new int[members.Length];
        for (var i = 0; i < members.Length; i++)
        {
            if (!WholeNumber.TryParse(members[i], EventKey.MaxOrdinal, out ordinals[i]) || ordinals[i] <= (i == 0 ? 0 : ordinals[i - 1]))
            {
                return null;
            }
        }

        var factor = ordinals.Length;
        return ordinals.Length <= Copyset.MaxMembers && new Copyset(ordinals).IdWith(topic) == id
            && (mark < 0 || WholeNumber.TryParse(text.AsSpan(mark + 1), Copyset.MaxMembers, out factor))
                ? new CopysetDefinition(id, [.. ordinals], factor)
                : null;
    }

    /// <summary>A sentence about a copyset that cannot be read.</summary>
    /// <param name="place">Where it lies.</param>
    /// <param name="id">Its id.</param>
    public static string Fault(string place, CopysetId id) =>
        string.Create(CultureInfo.InvariantCulture, $"{place}: the members of copyset {id} cannot be read; repair writes them afresh from its blocks.");

    /// <summary>Of several definitions of the same copysets, one each, with the largest number of copies.</summary>
    public static ImmutableArray<CopysetDefinition> Merge(IEnumerable<CopysetDefinition> definitions) =>
        [.. definitions.GroupBy(copyset => copyset.Id).Select(same => same.MaxBy(copyset => copyset.ReplicationFactor)!)];
}
