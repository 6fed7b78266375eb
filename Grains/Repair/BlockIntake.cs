using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using Microsoft.Extensions.Logging;

namespace AllData.Repair;

/// <summary>The result of storing the blocks of an answer.</summary>
/// <param name="Blocks">Blocks that were not held before.</param>
/// <param name="Events">Events in them.</param>
/// <param name="Bytes">Bytes of all blocks of the answer.</param>
/// <param name="Refused">Blocks that this peer's store does not take: fetching them again does not help.</param>
internal readonly record struct IntakeResult(int Blocks, long Events, long Bytes, int Refused)
{
    public static IntakeResult operator +(IntakeResult a, IntakeResult b) =>
        new(a.Blocks + b.Blocks, a.Events + b.Events, a.Bytes + b.Bytes, a.Refused + b.Refused);
}

/// <summary>Stores fetched blocks in this peer's own replica, each checked, behind the puts.</summary>
internal sealed partial class BlockIntake(
    IRepairableReplica own, TimeSpan intervalLength, TimeProvider time, RepairCounters counters, ILogger logger)
{
    // If the store has had no room for repair for this long, it is left to its puts; the next round tries again.
    private const int MaxTries = 100;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private readonly ILogger _logger = logger;
    private readonly HashSet<Interval> _touched = [];

    /// <summary>The intervals into which something was stored since the last call.</summary>
    public IReadOnlyCollection<Interval> TakeTouched()
    {
        lock (_touched)
        {
            Interval[] touched = [.. _touched];
            _touched.Clear();
            return touched;
        }
    }

    /// <summary>Stores whole blocks that lie one directly after the other; durable when this returns.</summary>
    /// <exception cref="ReplicaStoreException">The store takes nothing now.</exception>
    public async Task<IntakeResult> StoreAsync(byte[] blocks, CancellationToken stop)
    {
        // All at once: the writer puts what waits into one flush.
        var stored = new List<Task<IntakeResult>>();
        for (var offset = 0; offset < blocks.Length;)
        {
            var length = BlockCodec.LengthOf(blocks.AsSpan(offset));
            stored.Add(StoreAsync(blocks.AsSpan(offset, length), stop));
            offset += length;
        }

        var results = await Task.WhenAll(stored);
        return results.Aggregate(default(IntakeResult), static (sum, result) => sum + result);
    }

    private Task<IntakeResult> StoreAsync(ReadOnlySpan<byte> bytes, CancellationToken stop)
    {
        try
        {
            return StoreAsync(BlockCodec.Decode(bytes.ToArray()), stop);
        }
        catch (BlockFormatException e)
        {
            // The sender has checked the block: it was damaged in transit.
            LogDamagedOnTheWay(e);
            return Task.FromResult(new IntakeResult(0, 0, bytes.Length, 1));
        }
    }

    private async Task<IntakeResult> StoreAsync(Block block, CancellationToken stop)
    {
        var (events, bytes) = (block.Header.EventCount, block.Bytes.Bytes.Length);
        var pause = FirstPause;
        for (var attempt = 0; attempt < MaxTries; attempt++)
        {
            var reply = await own.RestoreAsync(block);
            switch (reply.Status)
            {
                case AppendStatus.Stored or AppendStatus.AlreadyStored:
                    var isNew = reply.Status == AppendStatus.Stored;
                    counters.OnFetched(events, bytes, isNew);
                    Touch(Interval.Containing(block.Header.FirstKey.UnixMilliseconds, intervalLength));
                    return new IntakeResult(isNew ? 1 : 0, isNew ? events : 0, bytes, 0);
                case AppendStatus.Overloaded:
                    await Task.Delay(pause, time, stop);
                    pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                    break;
                case AppendStatus.Failed or AppendStatus.ReadOnly:
                    throw new ReplicaStoreException(reply.Reason ?? "The store takes no blocks.");
                default:
                    LogRefused(block.Header.Id, reply.Status, reply.Reason);
                    return new IntakeResult(0, 0, bytes, 1);
            }
        }

        throw new ReplicaStoreException("Puts leave no room for repair. Repair continues when they do.");
    }

    // The blocks of an answer are stored side by side.
    private void Touch(Interval interval)
    {
        lock (_touched)
        {
            _touched.Add(interval);
        }
    }

    [LoggerMessage(LogLevel.Warning, "A block that was fetched for repair arrived damaged; it is fetched again at the next comparison")]
    private partial void LogDamagedOnTheWay(Exception failure);

    [LoggerMessage(LogLevel.Error, "Block {Block} was fetched for repair and is refused by this peer's own store: {Status}, {Reason}")]
    private partial void LogRefused(BlockId block, AppendStatus status, string? reason);
}
