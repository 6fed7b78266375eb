using AllData.Protocol.Blocks;

namespace AllData.Storage.Engine;

/// <summary>What a closed interval holds, counted block by block.</summary>
/// <param name="Sum">What it holds.</param>
/// <param name="Damage">What was found wrong and is not noted yet; otherwise null.</param>
internal readonly record struct IntervalCount(ContentSum Sum, string? Damage);
