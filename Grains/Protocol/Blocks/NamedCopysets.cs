using System.Collections.Immutable;
using AllData.Replication;

namespace AllData.Protocol.Blocks;

/// <summary>
/// The copysets that a request for blocks names. A peer refuses a request that names too many, and with very many topics a minute has more: then it names
/// none, which requests the blocks of all, and what was not meant is left out here.
/// </summary>
internal sealed class NamedCopysets
{
    /// <summary>Copysets that a request names, at most.</summary>
    public const int Max = 8_192;

    private readonly HashSet<CopysetId>? _wanted;

    /// <summary>Names copysets.</summary>
    public NamedCopysets(ImmutableArray<CopysetId> copysets)
    {
        var isTooMany = copysets.Length > Max;
        Ids = isTooMany ? [] : copysets;
        _wanted = isTooMany ? [.. copysets] : null;
    }

    /// <summary>What the request names.</summary>
    public ImmutableArray<CopysetId> Ids { get; }

    /// <summary>Whether a block of the answer was meant.</summary>
    public bool Includes(CopysetId copyset) => _wanted?.Contains(copyset) ?? true;
}
