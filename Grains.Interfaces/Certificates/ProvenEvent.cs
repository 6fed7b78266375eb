using System.Collections.Immutable;

namespace AllData.Certificates;

/// <summary>An event and what proves that it is in an interval's tree.</summary>
/// <param name="Entry">What its leaf is the hash of.</param>
/// <param name="Index">The leaf's place, from 0.</param>
/// <param name="Path">The sibling hashes from the leaf to the root (audit path, RFC 6962).</param>
internal sealed record ProvenEvent(EventEntry Entry, long Index, ImmutableArray<TreeHash> Path);
