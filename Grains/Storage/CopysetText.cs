using System.Collections.Immutable;
using System.Globalization;
using AllData.Protocol;
using AllData.Replication;

namespace AllData.Storage;

/// <summary>
/// The members of a copyset as the stores keep them: <c>1,2,3</c>, and <c>1,2/3</c> when its blocks ask for more copies than there were peers to
/// be members. Repair grows the copyset then.
/// </summary>
internal static class CopysetText
{
    private const char FactorMark = '/';

    /// <summary>Writes a copyset.</summary>
    public static string Format(Copyset copyset, int replicationFactor)
    {
        var members = string.Join(',', copyset.Ordinals);
        return replicationFactor > copyset.Ordinals.Length ? string.Create(CultureInfo.InvariantCulture, $"{members}{FactorMark}{replicationFactor}") : members;
    }

    /// <summary>Reads a copyset.</summary>
    /// <exception cref="FormatException">The text is none.</exception>
    public static CopysetDefinition Parse(long id, string text)
    {
        var mark = text.IndexOf(FactorMark, StringComparison.Ordinal);
        var members = mark < 0 ? text : text[..mark];
        var ordinals = members.Split(',').Select(o => int.Parse(o, NumberStyles.None, CultureInfo.InvariantCulture)).ToImmutableArray();
        var factor = mark < 0 ? ordinals.Length : int.Parse(text.AsSpan(mark + 1), NumberStyles.None, CultureInfo.InvariantCulture);
        return new CopysetDefinition(id, ordinals, factor);
    }

    /// <summary>Of several definitions of the same copysets, one each, with the largest number of copies.</summary>
    public static ImmutableArray<CopysetDefinition> Merge(IEnumerable<CopysetDefinition> definitions) =>
        [.. definitions.GroupBy(copyset => copyset.Id).Select(same => same.MaxBy(copyset => copyset.ReplicationFactor)!)];
}
