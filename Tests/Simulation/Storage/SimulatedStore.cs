using System.Collections.Immutable;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Simulation.Running;
using AllData.Storage;
using AllData.Storage.Engine;
using AllData.Storage.Replica;

namespace AllData.Simulation.Storage;

/// <summary>What a store needs of the world.</summary>
internal sealed record StoreSetting(
    Timeline Timeline, ProcessLife Life, Trace Trace, int Machine, ReplicaStoreIdentity Identity, Random Random, PlantedBug Bug);

/// <summary>
/// A replica store over a simulated disk, with the promises of the real ones: one flush for all that waits, an answer only after it, read-only
/// after a failed one until it is opened again. A crash loses what is not flushed.
/// </summary>
internal sealed partial class SimulatedStore(Disk disk, StoreSetting setting) : IRepairableReplica
{
    private const int MaxWaiting = 48;
    private const int MaxPerFlush = 16;
    private const int MaxWaitingForRepair = MaxWaiting / 2;

    private readonly Queue<Pending> _waiting = new();
    private readonly List<Pending> _flushing = [];

    /// <summary>Why it takes no more blocks; null while it does.</summary>
    public string? ReadOnlyReason { get; private set; }

    /// <summary>Called when it has become read-only.</summary>
    public Action OnReadOnly { get; set; } = static () => { };

    /// <summary>Called when repair has made a copy that was not there.</summary>
    public Action<Block> OnRepaired { get; set; } = static _ => { };

    /// <summary>The disk.</summary>
    public Disk Disk => disk;

    /// <inheritdoc cref="IReplicaStore.AppendAsync"/>
    public Task<AppendReply> AppendAsync(Block block) => Enqueue(block, isRepair: false);

    /// <inheritdoc/>
    public Task<AppendReply> RestoreAsync(Block block) => Enqueue(block, isRepair: true);

    /// <summary>The power fails: what was being flushed may or may not have reached the disk, the rest has not.</summary>
    public void LosePower()
    {
        if (setting.Random.Next(2) == 0 && !disk.IsFull)
        {
            foreach (var pending in _flushing)
            {
                _ = Write(pending);
            }
        }
    }

    /// <inheritdoc cref="IReplicaStore.CloseIntervalAsync"/>
    /// <param name="isOver">Whether an interval is over.</param>
    /// <param name="onClosed">Told of each that was closed.</param>
    public void CloseIntervals(Func<Interval, bool> isOver, Action<Interval> onClosed)
    {
        var length = setting.Identity.IntervalLength;
        foreach (var minute in disk.Minutes.Keys)
        {
            var interval = Interval.Containing(minute, length);
            if (isOver(interval))
            {
                PromiseClosed(interval, onClosed);
            }
        }
    }

    /// <inheritdoc cref="IReplicaStore.PromiseClosedAsync"/>
    public void PromiseClosed(Interval interval, Action<Interval> onClosed)
    {
        if (disk.Closed.Add(interval))
        {
            onClosed(interval);
            setting.Trace.Note(TraceKind.Healed, setting.Machine, "closed an interval", interval.StartUnixMilliseconds);
        }
    }

    private Task<AppendReply> Enqueue(Block block, bool isRepair)
    {
        if (ReadOnlyReason is not null)
        {
            return Task.FromResult(new AppendReply(AppendStatus.ReadOnly, ReadOnlyReason));
        }

        if (BlockArrival.Refuse(block, setting.Identity) is { } refused)
        {
            return Task.FromResult(refused);
        }

        if (_waiting.Count + _flushing.Count >= (isRepair ? MaxWaitingForRepair : MaxWaiting))
        {
            return Task.FromResult(new AppendReply(AppendStatus.Overloaded, "The queue is full.", RetryAfter: TimeSpan.FromMilliseconds(100)));
        }

        var pending = new Pending(block, isRepair, new TaskCompletionSource<AppendReply>());
        _waiting.Enqueue(pending);
        StartFlush();
        return setting.Bug == PlantedBug.AckBeforeFlush && !isRepair ? Task.FromResult(AppendReply.Stored) : pending.Reply.Task;
    }

    private void StartFlush()
    {
        if (_flushing.Count > 0 || _waiting.Count == 0)
        {
            return;
        }

        while (_flushing.Count < MaxPerFlush && _waiting.TryDequeue(out var pending))
        {
            _flushing.Add(pending);
        }

        setting.Timeline.After(disk.FlushTime, () => setting.Life.Run(EndFlush));
    }

    private void EndFlush()
    {
        Pending[] flushed = [.. _flushing];
        var replies = Array.ConvertAll<Pending, AppendReply>(flushed, disk.IsFull ? Fail : Write);
        _flushing.Clear();
        if (ReadOnlyReason is not null)
        {
            FailWaiting();
        }

        StartFlush();
        for (var i = 0; i < flushed.Length; i++)
        {
            flushed[i].Reply.TrySetResult(replies[i]);
        }
    }

    private AppendReply Fail(Pending pending)
    {
        if (ReadOnlyReason is null)
        {
            ReadOnlyReason = "The disk is full. Free some of it and start the silo again.";
            setting.Trace.Note(TraceKind.Refused, setting.Machine, "disk full");
            OnReadOnly();
        }

        return new AppendReply(AppendStatus.Failed, ReadOnlyReason);
    }

    private void FailWaiting()
    {
        while (_waiting.TryDequeue(out var pending))
        {
            pending.Reply.TrySetResult(new AppendReply(AppendStatus.ReadOnly, ReadOnlyReason));
        }
    }

    private AppendReply Write(Pending pending)
    {
        var (block, isRepair) = (pending.Block, pending.IsRepair);
        if (disk.Find(block.Header.Id) is { } held)
        {
            return Again(held, block);
        }

        if (!isRepair)
        {
            if (disk.Closed.Contains(IntervalOf(block)))
            {
                return new AppendReply(AppendStatus.IntervalNotOpen, $"Interval {IntervalOf(block)} is closed.");
            }

            if (block.Header.HasSuppliedKeys && FindConflict(block) is { } conflict)
            {
                return new AppendReply(AppendStatus.Conflict, "The key is taken.", conflict);
            }
        }
        else if (setting.Bug == PlantedBug.OverwriteConflict)
        {
            OverwriteConflicting(block);
        }

        disk.Add(block);
        _journal.Note([block.Header.UnixMinute]);
        if (isRepair)
        {
            OnRepaired(block);
        }

        setting.Trace.Note(isRepair ? TraceKind.Completed : TraceKind.Stored, setting.Machine, number: block.Header.Id.Sequence);
        return AppendReply.Stored;
    }

    private AppendReply Again(HeldBlock held, Block block)
    {
        if (held.Block.Header.BlockDigest != block.Header.BlockDigest)
        {
            return new AppendReply(AppendStatus.Invalid, $"Block {block.Header.Id} is held with other bytes.");
        }

        if (!held.IsFlipped)
        {
            return AppendReply.AlreadyStored;
        }

        // The sums are the same as before: as in the real stores, this is not reported as a change.
        disk.Mend(held);
        _damaged.Remove(block.Header.Id);
        setting.Trace.Note(TraceKind.Mended, setting.Machine, number: block.Header.Id.Sequence);
        return AppendReply.Stored;
    }

    private KeyConflict? FindConflict(Block block)
    {
        var reader = block.GetReader();
        while (reader.MoveNext())
        {
            foreach (var (digest, _) in disk.Under(reader.Current.Key))
            {
                if (digest != reader.Current.Digest)
                {
                    return new KeyConflict(reader.Current.Key, digest, reader.Current.Digest);
                }
            }
        }

        return null;
    }

    private void OverwriteConflicting(Block block)
    {
        while (FindConflict(block) is { } conflict)
        {
            disk.Overwrite(disk.Under(conflict.Key).First(held => held.Digest == conflict.Held).Block);
        }
    }

    private Interval IntervalOf(Block block) => Interval.Containing(block.Header.FirstKey.UnixMilliseconds, setting.Identity.IntervalLength);

    private sealed record Pending(Block Block, bool IsRepair, TaskCompletionSource<AppendReply> Reply);
}
