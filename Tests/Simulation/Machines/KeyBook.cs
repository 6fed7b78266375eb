using AllData.Coordination;
using AllData.Errors;
using AllData.Events;
using AllData.Protocol;
using AllData.Replication;
using AllData.Simulation.Running;

namespace AllData.Simulation.Machines;

/// <summary>A silo's keys: the real generator, with the lease on the simulated disk ahead of it.</summary>
internal sealed class KeyBook(World world, SimulatedSilo silo)
{
    private readonly long _leasedAtStart = world.Settings.Bug == PlantedBug.ForgetLease ? 0 : silo.Machine.Disk.LeasedUntil;

    private readonly PendingKeys _pending = new();
    private KeyGenerator? _generator;

    /// <summary>A put of fresh keys begins; it is under way until it is disposed of.</summary>
    public PendingKeys.Pending Begin() => _pending.Enter(Generator()?.Next(KeyRange.Own) ?? default);

    /// <summary>The smallest key under which a put of fresh keys through this silo may still write.</summary>
    /// <exception cref="KeysUnavailableException">No ordinal yet.</exception>
    public async Task<EventKey> GetLowWatermarkAsync()
    {
        var generator = Generator() ?? throw new KeysUnavailableException("No ordinal yet.");
        if (world.Settings.Bug == PlantedBug.PromiseNothing)
        {
            return EventKey.FirstAt(silo.Machine.Clock.UnixMilliseconds);
        }

        while (true)
        {
            var issue = generator.PassBy(silo.Machine.Clock.UnixMilliseconds, out var next);
            if (issue.Status == KeyIssueStatus.Issued)
            {
                return _pending.Lowest is { } low && low < next ? low : next;
            }

            await ExtendAsync(generator, issue.LeaseUntil);
        }
    }

    /// <summary>Issues keys, ascending.</summary>
    /// <exception cref="KeysUnavailableException">No ordinal yet, or the clock is too far behind.</exception>
    public async Task<EventKey[]> IssueAsync(KeyRange range, int count)
    {
        var keys = new EventKey[count];
        if (silo.Clock.WhyNoKeys() is { } reason)
        {
            world.Invariants.Open.OnKeysRefused(silo.Machine.Id, reason, silo.IsSureOfTime);
            throw new KeysUnavailableException(reason);
        }

        var generator = Generator() ?? throw new KeysUnavailableException("No ordinal yet.");
        while (true)
        {
            var issue = generator.Issue(range, silo.Machine.Clock.UnixMilliseconds, keys);
            if (issue.Status == KeyIssueStatus.Issued)
            {
                Array.ForEach(keys, world.Invariants.Issued.OnKey);
                return keys;
            }

            if (issue.Status == KeyIssueStatus.ClockTooFarBack)
            {
                throw new KeysUnavailableException(issue.Reason!);
            }

            await ExtendAsync(generator, issue.LeaseUntil);
        }
    }

    /// <summary>What this silo says of a key that may be its own.</summary>
    public KeyIssuance Judge(EventKey key) => silo.IsAccepted && Generator() is { } generator && generator.Ordinal == key.Ordinal
        ? generator.Judge(key, silo.Machine.Clock.UnixMilliseconds)
        : KeyIssuance.NotKnown;

    private KeyGenerator? Generator() => _generator ??= silo.View.Live.OwnOrdinal is { } ordinal
        ? new KeyGenerator(ordinal, world.Settings.IntervalLength, _leasedAtStart)
        : null;

    private async Task ExtendAsync(KeyGenerator generator, long until)
    {
        var disk = silo.Machine.Disk;
        await Task.Delay(disk.FlushTime, silo.Time);
        disk.ExtendLease(until, silo.Machine.Clock.UnixMilliseconds);
        generator.ExtendLease(until);
    }
}
