using AllData.Configuration;
using AllData.Errors;
using AllData.Events;
using AllData.Protocol.Placement;
using AllData.Protocol.Puts;
using AllData.Replication;

namespace AllData.Coordination;

/// <summary>The terms of a put, complete and checked. Puts with equal terms may share a block.</summary>
/// <param name="Demand">When it is committed.</param>
/// <param name="Deadline">When it answers that its outcome is unknown, from its start.</param>
internal sealed record PutTerms(CommitDemand Demand, TimeSpan Deadline)
{
    /// <summary>Terms without a lower level that is enough while regions are cut off.</summary>
    public PutTerms(CommitRequirement requirement, TimeSpan deadline)
        : this(new CommitDemand(requirement), deadline)
    {
    }

    /// <summary>Fills in what the caller left open.</summary>
    /// <exception cref="InvalidEventException">The options cannot be met.</exception>
    public static PutTerms From(PutOptions asked, AllDataOptions options)
    {
        if (asked.Topic == default(Topic))
        {
            throw new InvalidEventException(Topic.Fault(""));
        }

        var requirement = CommitRequirement.Create(
            asked.Level ?? options.Replication.CommitLevel, options.Replication.Factor, asked.MinZones, asked.MinRegions);
        var deadline = asked.Deadline ?? options.Deadlines.Put;
        return deadline > TimeSpan.Zero && deadline <= DeadlineOptions.LongestPut
            ? new PutTerms(CommitDemand.Create(requirement, asked.Else), deadline)
            : throw new InvalidEventException($"The deadline is {deadline}: use more than zero and at most {DeadlineOptions.LongestPut}.");
    }

    /// <summary>What is left of the deadline, not negative: waiting, issuing keys and look-ups count too.</summary>
    /// <param name="started">When the call arrived, a timestamp of the time provider.</param>
    /// <param name="time">The time provider.</param>
    public TimeSpan Remaining(long started, TimeProvider time)
    {
        var remaining = Deadline - time.GetElapsedTime(started);
        return remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero;
    }
}
