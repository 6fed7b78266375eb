using AllData.Errors;
using AllData.Events;
using AllData.Protocol;
using AllData.Simulation.Running;

namespace AllData.Simulation.Machines;

/// <summary>A silo's keys: the real generator, with the lease on the simulated disk ahead of it.</summary>
internal sealed class KeyBook(World world, SimulatedSilo silo)
{
    private readonly long _leasedAtStart = world.Settings.Bug == PlantedBug.ForgetLease ? 0 : silo.Machine.Disk.LeasedUntil;

    private KeyGenerator? _generator;

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

        _generator ??= new KeyGenerator(
            silo.View.Live.OwnOrdinal ?? throw new KeysUnavailableException("No ordinal yet."), world.Settings.IntervalLength, _leasedAtStart);
        while (true)
        {
            var issue = _generator.Issue(range, silo.Machine.Clock.UnixMilliseconds, keys);
            if (issue.Status == KeyIssueStatus.Issued)
            {
                Array.ForEach(keys, world.Invariants.Issued.OnKey);
                return keys;
            }

            if (issue.Status == KeyIssueStatus.ClockTooFarBack)
            {
                throw new KeysUnavailableException(issue.Reason!);
            }

            await ExtendAsync(_generator, issue.LeaseUntil);
        }
    }

    private async Task ExtendAsync(KeyGenerator generator, long until)
    {
        var disk = silo.Machine.Disk;
        await Task.Delay(disk.FlushTime, silo.Time);
        disk.LeasedUntil = Math.Max(disk.LeasedUntil, until);
        generator.ExtendLease(until);
    }
}
