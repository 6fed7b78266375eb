using AllData.Protocol.Blocks;

namespace AllData.Storage.Engine;

/// <summary>A block that is being delivered to a store.</summary>
/// <param name="Block">The block.</param>
/// <param name="IsRepair">Whether repair brings it, from a replica that holds it already; otherwise a put does.</param>
internal readonly record struct Delivery(Block Block, bool IsRepair);
