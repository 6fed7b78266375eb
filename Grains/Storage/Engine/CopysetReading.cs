using System.Collections.Immutable;
using AllData.Replication;

namespace AllData.Storage.Engine;

/// <summary>The copysets of a run of minutes.</summary>
/// <param name="Copysets">Those that can be read.</param>
/// <param name="Unreadable">Ids of those that the writer may write afresh from their blocks now, each told once.</param>
internal readonly record struct CopysetReading(ImmutableArray<CopysetDefinition> Copysets, ImmutableArray<CopysetId> Unreadable);
