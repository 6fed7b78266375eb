using AllData.Intervals;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using AllData.Storage.Directories;
using AllData.Storage.Opening;
using Microsoft.Extensions.Options;

namespace AllData.Configuration;

/// <summary>Refuses options that cannot work, each with a sentence that names the numbers and the way out.</summary>
internal sealed class AllDataOptionsValidator : IValidateOptions<AllDataOptions>
{
    private const int MaxCopysets = 1_024;
    private const int MaxZones = 16;
    private const int LargestMessageBytes = 64 << 20;

    public ValidateOptionsResult Validate(string? name, AllDataOptions options)
    {
        var failures = PeerFailures(options.Peer)
            .Concat(ReplicationFailures(options.Replication))
            .Concat(LimitFailures(options.Limits))
            .Concat(QueueFailures(options.Limits, options.Storage))
            .Concat(TimeFailures(options))
            .Concat(UpkeepFailures(options.Maintenance))
            .Concat(RepairFailures(options.Repair))
            .Concat(SealingFailures(options.Sealing))
            .Concat(ConfiguredFederation.FaultsOf(options))
            .ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> PeerFailures(PeerOptions peer)
    {
        if (!PeerId.TryParse(peer.Id, out _))
        {
            yield return $"AllData:Peer:Id is '{peer.Id}', which is not a peer name: use 1 to 63 lower-case letters, digits and hyphens, "
                + "beginning with a letter.";
        }

        if (new PeerLocation(peer.Region, peer.Zone).Fault is { } fault)
        {
            yield return $"AllData:Peer:Region, AllData:Peer:Zone: {fault}";
        }
    }

    private static IEnumerable<string> ReplicationFailures(ReplicationOptions replication)
    {
        if (replication.Factor is < 1 or > Copyset.MaxMembers)
        {
            yield return $"AllData:Replication:Factor is {replication.Factor}: use 1 to {Copyset.MaxMembers}.";
        }

        if (replication.OtherZoneReplicas is < 0 or > Copyset.MaxMembers)
        {
            yield return $"AllData:Replication:OtherZoneReplicas is {replication.OtherZoneReplicas}: use 0 to {Copyset.MaxMembers}.";
        }

        if (replication.OtherRegionReplicas is < 0 or > Copyset.MaxMembers)
        {
            yield return $"AllData:Replication:OtherRegionReplicas is {replication.OtherRegionReplicas}: use 0 to {Copyset.MaxMembers}.";
        }

        if (SpreadFailure(replication) is { } failure)
        {
            yield return failure;
        }

        if (!Enum.IsDefined(replication.CommitLevel))
        {
            yield return $"AllData:Replication:CommitLevel is {(int)replication.CommitLevel}: use One, Quorum, All or Local.";
        }

        if (!Enum.IsDefined(replication.WhenRegionCutOff))
        {
            yield return $"AllData:Replication:WhenRegionCutOff is {(int)replication.WhenRegionCutOff}: use Keep or Owe.";
        }

        if (replication.Copysets is < 1 or > MaxCopysets)
        {
            yield return $"AllData:Replication:Copysets is {replication.Copysets}: use 1 to {MaxCopysets}.";
        }
    }

    // Only where the rest is right: what can be met depends on it.
    private static string? SpreadFailure(ReplicationOptions replication)
    {
        var isRestRight = replication is
        {
            Factor: >= 1 and <= Copyset.MaxMembers,
            OtherZoneReplicas: >= 0 and <= Copyset.MaxMembers,
            OtherRegionReplicas: >= 0 and <= Copyset.MaxMembers,
        };
        return isRestRight && replication.ToPolicy().WhyNeverSpread() is { } reason
            ? $"AllData:Replication:MinZones is {replication.MinZones}, MinRegions is {replication.MinRegions}: {reason} Lower them, or raise "
                + "AllData:Replication:OtherZoneReplicas or OtherRegionReplicas."
            : null;
    }

    private static IEnumerable<string> LimitFailures(LimitOptions limits)
    {
        var each = new (string Name, long Value)[]
        {
            (nameof(limits.MaxEventBytes), limits.MaxEventBytes), (nameof(limits.MaxPutManyEvents), limits.MaxPutManyEvents),
            (nameof(limits.MaxPutManyBytes), limits.MaxPutManyBytes), (nameof(limits.MaxBlockEvents), limits.MaxBlockEvents),
            (nameof(limits.MaxBlockBytes), limits.MaxBlockBytes), (nameof(limits.MaxWaitingBytes), limits.MaxWaitingBytes),
            (nameof(limits.MaxScans), limits.MaxScans), (nameof(limits.MaxScansPerPrincipal), limits.MaxScansPerPrincipal),
            (nameof(limits.MaxBlocksInFlight), limits.MaxBlocksInFlight), (nameof(limits.MaxFollowers), limits.MaxFollowers),
            (nameof(limits.MaxFollowersPerPrincipal), limits.MaxFollowersPerPrincipal),
        };
        foreach (var (name, value) in each.Where(static limit => limit.Value < 1))
        {
            yield return $"AllData:Limits:{name} is {value}: use at least 1.";
        }

        if (limits.ScanMinBytesPerSecond < 0)
        {
            yield return $"AllData:Limits:ScanMinBytesPerSecond is {limits.ScanMinBytesPerSecond}: use 0 to let readers be as slow as they like.";
        }

        if (limits.MinFreeBytes < 0)
        {
            yield return $"AllData:Limits:MinFreeBytes is {limits.MinFreeBytes}: use 0 for no such rule, or leave it out for a hundredth of the disk.";
        }

        if (limits.MaxPutManyEvents > LimitOptions.MostPutManyEvents)
        {
            yield return $"AllData:Limits:MaxPutManyEvents is {limits.MaxPutManyEvents}: use {LimitOptions.MostPutManyEvents} at most, as many keys as "
                + "are looked up at once.";
        }

        if (limits.MaxBlockBytes < limits.MaxEventBytes)
        {
            yield return $"AllData:Limits:MaxBlockBytes is {limits.MaxBlockBytes} and MaxEventBytes is {limits.MaxEventBytes}: a block must hold "
                + "the largest event. Raise the first or lower the second.";
        }

        if (limits.MaxBlockBytes > LargestMessageBytes)
        {
            yield return $"AllData:Limits:MaxBlockBytes is {limits.MaxBlockBytes}, more than {LargestMessageBytes}: a larger message would tear "
                + "down the connection between silos. Lower it.";
        }
    }

    private static IEnumerable<string> QueueFailures(LimitOptions limits, StorageOptions storage)
    {
        if (limits.MaxWaitingBytes < limits.MaxPutManyBytes)
        {
            yield return $"AllData:Limits:MaxWaitingBytes is {limits.MaxWaitingBytes} and MaxPutManyBytes is {limits.MaxPutManyBytes}: the largest "
                + "put of many could never be admitted. Raise the first or lower the second.";
        }

        if (storage.MaxWaitingBytes < limits.MaxBlockBytes)
        {
            yield return $"AllData:Storage:MaxWaitingBytes is {storage.MaxWaitingBytes} and AllData:Limits:MaxBlockBytes is {limits.MaxBlockBytes}: "
                + "the largest block could never be queued. Raise the first or lower the second.";
        }

        foreach (var failure in new StorageOptionsValidator().Validate(null, storage).Failures ?? [])
        {
            yield return $"AllData:{failure}";
        }
    }

    private static IEnumerable<string> UpkeepFailures(MaintenanceOptions upkeep)
    {
        if (upkeep.CloseCheck <= TimeSpan.Zero || upkeep.ScrubPause <= TimeSpan.Zero)
        {
            yield return $"AllData:Maintenance:CloseCheck is {upkeep.CloseCheck} and ScrubPause {upkeep.ScrubPause}: both are longer than zero.";
        }

        if (upkeep.ClockTrust <= TimeSpan.Zero)
        {
            yield return $"AllData:Maintenance:ClockTrust is {upkeep.ClockTrust}: it is longer than zero; 01:00:00 leaves an operator time to set a "
                + "clock right.";
        }

        if (upkeep.CloseDelay <= DeadlineOptions.LongestPut)
        {
            yield return $"AllData:Maintenance:CloseDelay is {upkeep.CloseDelay}: it must be longer than a put may take ({DeadlineOptions.LongestPut}), "
                + "or puts that were admitted in time are refused by replicas.";
        }

        if (upkeep.ScrubBytesPerSecond < 0)
        {
            yield return $"AllData:Maintenance:ScrubBytesPerSecond is {upkeep.ScrubBytesPerSecond}: use 0 to switch the scrubber off.";
        }
    }

    private static IEnumerable<string> RepairFailures(RepairOptions repair)
    {
        if (repair.Round <= TimeSpan.Zero || repair.Settle <= TimeSpan.Zero || repair.Sweep <= TimeSpan.Zero)
        {
            yield return $"AllData:Repair:Round is {repair.Round}, Settle {repair.Settle} and Sweep {repair.Sweep}: all are longer than zero.";
        }

        if (repair.BytesPerSecond < 1)
        {
            yield return $"AllData:Repair:BytesPerSecond is {repair.BytesPerSecond}: use at least 1, or what is lost would never be fetched again.";
        }

        if (repair.GracePeriod < RepairOptions.ShortestGrace)
        {
            yield return $"AllData:Repair:GracePeriod is {repair.GracePeriod}, less than {RepairOptions.ShortestGrace}: every restart would move a "
                + "peer's copies "
                + "to others. Raise it above what a restart takes.";
        }
    }

    private static IEnumerable<string> SealingFailures(SealingOptions sealing)
    {
        if (sealing.Settle < TimeSpan.Zero || sealing.Check <= TimeSpan.Zero || sealing.Patience <= TimeSpan.Zero
            || sealing.Patience > SealingOptions.LongestPatience)
        {
            yield return $"AllData:Sealing:Settle is {sealing.Settle}, Check {sealing.Check} and Patience {sealing.Patience}: none is negative, the last two "
                + $"are longer than zero, and Patience is at most {SealingOptions.LongestPatience}.";
        }

        if (sealing.MinZones is < 1 or > MaxZones)
        {
            yield return $"AllData:Sealing:MinZones is {sealing.MinZones}: use 1 to {MaxZones}.";
        }
    }

    private static IEnumerable<string> TimeFailures(AllDataOptions options)
    {
        var deadlines = options.Deadlines;
        var each = new (string Name, TimeSpan Value)[]
        {
            (nameof(deadlines.Replica), deadlines.Replica), (nameof(deadlines.ShortestReplica), deadlines.ShortestReplica),
            (nameof(deadlines.Put), deadlines.Put), (nameof(deadlines.Queue), deadlines.Queue),
            (nameof(deadlines.Read), deadlines.Read), (nameof(deadlines.KeyLease), deadlines.KeyLease),
            (nameof(deadlines.TopologyRefresh), deadlines.TopologyRefresh), (nameof(deadlines.Announcement), deadlines.Announcement),
        };
        foreach (var (name, value) in each.Where(static deadline => deadline.Value <= TimeSpan.Zero))
        {
            yield return $"AllData:Deadlines:{name} is {value}: use a time longer than zero, for example 00:00:05.";
        }

        if (deadlines.KeyLease > LeaseRenewal.LongestLease)
        {
            yield return $"AllData:Deadlines:KeyLease is {deadlines.KeyLease}, more than {LeaseRenewal.LongestLease}: after a restart keys would begin as "
                + "far ahead of the clock. Lower it.";
        }

        if (deadlines.Put < deadlines.Replica)
        {
            yield return $"AllData:Deadlines:Put is {deadlines.Put} and Replica is {deadlines.Replica}: a put that ends before a replica is "
                + "replaced can never use a replacement. Raise the first or lower the second.";
        }

        if (deadlines.Put > DeadlineOptions.LongestPut)
        {
            yield return $"AllData:Deadlines:Put is {deadlines.Put}, more than {DeadlineOptions.LongestPut}: Orleans gives a call up after 30 s, and the "
                + "caller would not learn what is known. Lower it.";
        }

        if (!Interval.AllowedLengths.Contains(options.IntervalLength))
        {
            yield return $"AllData:IntervalLength is {options.IntervalLength}: use 1.00:00:00, 03:00:00, 01:00:00, 00:15:00 or 00:05:00.";
        }

        if (string.IsNullOrWhiteSpace(options.DataDirectory))
        {
            yield return "AllData:DataDirectory is empty: name a directory that belongs to this peer alone.";
        }
    }
}
