using System.Collections.Immutable;
using AllData.Replication;

namespace AllData.Storage.Engine;

/// <summary>The copysets of a run of minutes.</summary>
/// <param name="Copysets">Those that can be read.</param>
/// <param name="Unreadable">Ids of copysets that the writer may now rewrite from their blocks, each reported once.</param>
internal readonly record struct CopysetReading(ImmutableArray<CopysetDefinition> Copysets, ImmutableArray<CopysetId> Unreadable);
