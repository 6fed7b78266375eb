using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Storage.Engine;

/// <summary>What a search takes from an event that it has found, and from the block that this lies in.</summary>
internal delegate T EventSelector<out T>(Block block, PackedEvent found);
