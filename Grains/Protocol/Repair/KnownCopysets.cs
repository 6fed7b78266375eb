using System.Diagnostics.CodeAnalysis;
using AllData.Replication;

namespace AllData.Protocol.Repair;

/// <summary>Copysets that another peer has named. Bounded: each topic has some of its own, and topics come in any number.</summary>
internal sealed class KnownCopysets
{
    /// <summary>Copysets that are kept when those of further minutes come, at most.</summary>
    public const int MostKept = 65_536;

    private readonly Dictionary<CopysetId, CopysetDefinition> _copysets = [];

    /// <summary>A copyset that is known.</summary>
    /// <exception cref="KeyNotFoundException">It is not.</exception>
    public CopysetDefinition this[CopysetId id] => _copysets[id];

    /// <summary>Whether all of some copysets are known. If not, they are to be asked for: what is known of others is forgotten where it is too much.</summary>
    public bool AreAllKnown(IEnumerable<CopysetId> ids)
    {
        if (ids.All(_copysets.ContainsKey))
        {
            return true;
        }

        if (_copysets.Count > MostKept)
        {
            _copysets.Clear();
        }

        return false;
    }

    /// <summary>Notes what a peer has named.</summary>
    public void Add(IEnumerable<CopysetDefinition> copysets)
    {
        foreach (var copyset in copysets)
        {
            _copysets[copyset.Id] = copyset;
        }
    }

    /// <summary>A copyset, if it is known.</summary>
    public bool TryGet(CopysetId id, [NotNullWhen(true)] out CopysetDefinition? copyset) => _copysets.TryGetValue(id, out copyset);

    /// <summary>Forgets all.</summary>
    public void Clear() => _copysets.Clear();
}
