namespace AllData.Storage;

/// <summary>What a replica store holds and what has happened since it was opened.</summary>
/// <param name="Blocks">Blocks held, damaged ones included.</param>
/// <param name="Events">Events in them; one that is held in two blocks counts twice.</param>
/// <param name="Bytes">Bytes of the store's files on disk.</param>
/// <param name="WaitingBytes">Bytes of the blocks that wait for a transaction or are in one.</param>
/// <param name="Transactions">Transactions committed and flushed since the store was opened.</param>
/// <param name="DamagedBlocks">Times that a block was found damaged when it was read, since the store was opened.</param>
/// <param name="IdAlarms">Blocks refused since the store was opened because their id is held with other bytes.</param>
/// <param name="DamagedIntervals">Intervals that are noted to have lost or damaged something, until they are repaired.</param>
internal sealed record ReplicaStoreStatistics(
    long Blocks,
    long Events,
    long Bytes,
    long WaitingBytes,
    long Transactions,
    long DamagedBlocks,
    long IdAlarms,
    long DamagedIntervals);
