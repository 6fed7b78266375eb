using AllData.Configuration;
using AllData.Errors;
using AllData.Protocol;
using AllData.Replication;

namespace AllData.Coordination;

/// <summary>What one put asks for, complete and checked.</summary>
/// <param name="Requirement">When it is committed.</param>
/// <param name="Deadline">When it answers that its outcome is unknown, from its start.</param>
/// <param name="Started">Its start, a timestamp of the time provider.</param>
internal sealed record PutTerms(CommitRequirement Requirement, TimeSpan Deadline, long Started)
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(1);

    /// <summary>Fills in what the caller left open.</summary>
    /// <exception cref="InvalidEventException">The options ask for something that cannot be.</exception>
    public static PutTerms From(PutOptions? asked, AllDataOptions options, TimeProvider time)
    {
        var requirement = CommitRequirement.Create(
            asked?.Level ?? options.Replication.CommitLevel, options.Replication.Factor, asked?.MinZones ?? 1, asked?.MinRegions ?? 1);
        var deadline = asked?.Deadline ?? options.Deadlines.Put;
        return deadline > TimeSpan.Zero && deadline <= DeadlineOptions.LongestPut
            ? new PutTerms(requirement, deadline, time.GetTimestamp())
            : throw new InvalidEventException($"The deadline is {deadline}: use more than zero and at most {DeadlineOptions.LongestPut}.");
    }

    /// <summary>What is left of the deadline, at least a moment: issuing keys and looking them up has its share.</summary>
    public TimeSpan Remaining(TimeProvider time)
    {
        var remaining = Deadline - time.GetElapsedTime(Started);
        return remaining > Least ? remaining : Least;
    }
}
