using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using Microsoft.Extensions.Logging;

namespace AllData.Repair;

/// <summary>Fetches blocks that are damaged in this peer's store from peers that hold them intact.</summary>
internal sealed partial class DamageRepair(
    IRepairableReplica own, BlockIntake intake, TimeProvider time, RepairCounters counters, ILogger logger)
{
    private const int MaxBlocksPerCall = 256;
    private const int MaxAnswerBytes = 1 << 20;

    // Blocks that no peer could give are requested again, but not in every round.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    private readonly ILogger _logger = logger;
    private ImmutableArray<DamagedEntry> _unmendable = [];
    private TimeSpan _restsUntil;

    /// <summary>Repairs what is known to be damaged, as far as other peers hold it.</summary>
    public async Task MendAsync(IEnumerable<IRepairSource> sources, CancellationToken stop)
    {
        var damaged = own.DamagedEntries;
        if (damaged.IsEmpty || (damaged.SequenceEqual(_unmendable) && time.GetMonotonic() < _restsUntil))
        {
            return;
        }

        foreach (var source in sources)
        {
            await MendAsync(source, stop);
        }

        _unmendable = own.DamagedEntries;
        _restsUntil = time.GetMonotonic() + Rest;
    }

    // A source is abandoned at its first failure: paying its deadline for each minute would delay everything else.
    private async Task MendAsync(IRepairSource source, CancellationToken stop)
    {
        foreach (var minute in own.DamagedEntries.GroupBy(static entry => entry.UnixMinute))
        {
            foreach (var part in minute.Chunk(MaxBlocksPerCall))
            {
                if (!await TryMendAsync(source, minute.Key, part, stop))
                {
                    return;
                }
            }
        }
    }

    private async Task<bool> TryMendAsync(IRepairSource source, UnixMinute minute, DamagedEntry[] entries, CancellationToken stop)
    {
        try
        {
            for (var next = 0; next < entries.Length;)
            {
                var answer = await source.FetchBlocksAsync(new BlockFetch(minute, IdsOf(entries.AsSpan(next)), MaxAnswerBytes), stop);
                await intake.StoreAsync(answer.Blocks, stop);
                next += Math.Max(1, answer.Covered);
            }

            foreach (var mended in entries.Except(own.DamagedEntries))
            {
                counters.OnMended();
                LogMended(mended.Id);
            }

            return true;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            // The next peer may have it.
            LogNotMended(e, entries.Length);
            return false;
        }
    }

    private static byte[] IdsOf(ReadOnlySpan<DamagedEntry> entries)
    {
        var ids = new byte[entries.Length * BlockId.BinaryLength];
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i].Id.WriteTo(ids.AsSpan(i * BlockId.BinaryLength));
        }

        return ids;
    }

    [LoggerMessage(LogLevel.Information, "Repair fetched block {Block} again, which was damaged here")]
    private partial void LogMended(BlockId block);

    [LoggerMessage(LogLevel.Warning, "Repair could not fetch {Blocks} blocks that are damaged here; it tries another peer")]
    private partial void LogNotMended(Exception failure, int blocks);
}
