using AllData.Configuration;
using AllData.Errors;
using AllData.Protocol;
using AllData.Replication;

namespace AllData.Coordination;

/// <summary>What one put asks for, complete and checked.</summary>
/// <param name="Requirement">When it is committed.</param>
/// <param name="Deadline">When it answers that its outcome is unknown.</param>
internal sealed record PutTerms(CommitRequirement Requirement, TimeSpan Deadline)
{
    private static readonly TimeSpan LongestDeadline = TimeSpan.FromMinutes(5);

    /// <summary>Fills in what the caller left open.</summary>
    /// <exception cref="InvalidEventException">The options ask for something that cannot be.</exception>
    public static PutTerms From(PutOptions? asked, AllDataOptions options)
    {
        var requirement = CommitRequirement.Create(
            asked?.Level ?? options.Replication.CommitLevel, options.Replication.Factor, asked?.MinZones ?? 1, asked?.MinRegions ?? 1);
        var deadline = asked?.Deadline ?? options.Deadlines.Put;
        return deadline > TimeSpan.Zero && deadline <= LongestDeadline
            ? new PutTerms(requirement, deadline)
            : throw new InvalidEventException($"The deadline is {deadline}: use more than zero and at most {LongestDeadline}.");
    }
}
