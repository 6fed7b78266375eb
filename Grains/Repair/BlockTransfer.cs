using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Protocol.Repair;
using AllData.Replication;
using AllData.Storage;

namespace AllData.Repair;

/// <summary>Fetches blocks from one other peer and stores them, one answer in flight while the one before is stored, at a bounded rate.</summary>
internal sealed class BlockTransfer(IRepairSource source, BlockIntake intake, RepairPace pace, TimeProvider time)
{
    // Two of them are in memory. With one megabyte each, a peer under load was refilled at three quarters of the rate.
    private const int MaxAnswerBytes = 4 << 20;

    /// <summary>Bytes of all blocks that came.</summary>
    public long FetchedBytes { get; private set; }

    /// <summary>Takes whole buckets of a run of minutes as they lie.</summary>
    /// <returns>What was stored, and whether all that the other holds came intact.</returns>
    public async Task<(IntakeResult Taken, bool IsWhole)> TakeBucketsAsync(BucketRun run, CancellationToken stop)
    {
        var (sum, areAllWhole) = (default(IntakeResult), true);
        foreach (var copysets in run.Copysets.Chunk(NamedCopysets.Max))
        {
            var (taken, isWhole) = await TakeRangeAsync(
                new BlockRange(run.Minutes.FromMinute.GetFirstKey(), run.Minutes.ToMinute.GetFirstKey(), [.. copysets], null, MaxAnswerBytes), stop);
            sum += taken;
            areAllWhole &= isWhole;
        }

        return (sum, areAllWhole);
    }

    /// <summary>Takes single blocks of one interval.</summary>
    /// <param name="minute">A minute of the interval.</param>
    /// <param name="blocks">The blocks.</param>
    /// <param name="stop">Ends it at the next answer.</param>
    /// <returns>What was stored, and whether all of them came intact.</returns>
    public async Task<(IntakeResult Taken, bool IsWhole)> TakeBlocksAsync(UnixMinute minute, IReadOnlyList<ListedBlock> blocks, CancellationToken stop)
    {
        var (taken, received) = (default(IntakeResult), 0);
        for (var next = 0; next < blocks.Count;)
        {
            var count = CountFor(blocks, next);
            var answer = await source.FetchBlocksAsync(new BlockFetch(minute, IdsOf(blocks, next, count), MaxAnswerBytes), stop);
            received += CountOf(answer.Blocks);
            taken += await intake.StoreAsync(answer.Blocks, stop);
            await RestAsync(answer.Blocks.Length, stop);
            next += answer.Covered is > 0 and var covered && covered <= count
                ? covered
                : throw new InvalidDataException($"{count} blocks were requested, but the answer covers {answer.Covered}.");
        }

        return (taken, received == blocks.Count && taken.Refused == 0);
    }

    private async Task<(IntakeResult Taken, bool IsWhole)> TakeRangeAsync(BlockRange range, CancellationToken stop)
    {
        var (taken, isWhole) = (default(IntakeResult), true);
        var storing = Task.FromResult(default(IntakeResult));
        try
        {
            do
            {
                var page = await source.ReadPageAsync(range, stop);
                isWhole &= page.Damaged.IsEmpty;
                taken += await storing;
                storing = intake.StoreAsync(page.Blocks, stop);
                await RestAsync(page.Blocks.Length, stop);
                range = range with { After = page.Next };
            }
            while (range.After is not null);
        }
        finally
        {
            // A transfer that has returned must not go on storing in the background.
            await ((Task)storing).ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        }

        taken += await storing;
        return (taken, isWhole && taken.Refused == 0);
    }

    private async Task RestAsync(long bytes, CancellationToken stop)
    {
        FetchedBytes += bytes;
        var rest = pace.OnFetched(bytes, (long)time.GetElapsedTime(0).TotalMilliseconds);
        if (rest > TimeSpan.Zero)
        {
            await Task.Delay(rest, time, stop);
        }
    }

    // As many as fill an answer: an answer always includes the first block.
    private static int CountFor(IReadOnlyList<ListedBlock> blocks, int first)
    {
        var (count, bytes) = (0, 0L);
        while (first + count < blocks.Count && (count == 0 || bytes + blocks[first + count].Bytes <= MaxAnswerBytes))
        {
            bytes += blocks[first + count].Bytes;
            count++;
        }

        return count;
    }

    private static byte[] IdsOf(IReadOnlyList<ListedBlock> blocks, int first, int count)
    {
        var ids = new byte[count * BlockId.BinaryLength];
        for (var i = 0; i < count; i++)
        {
            blocks[first + i].Id.WriteTo(ids.AsSpan(i * BlockId.BinaryLength));
        }

        return ids;
    }

    private static int CountOf(ReadOnlySpan<byte> blocks)
    {
        var count = 0;
        for (var rest = blocks; rest.Length > 0; rest = rest[BlockCodec.LengthOf(rest)..])
        {
            count++;
        }

        return count;
    }
}
