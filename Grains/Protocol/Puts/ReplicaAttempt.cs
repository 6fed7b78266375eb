using AllData.Protocol.Placement;
using AllData.Replication;

namespace AllData.Protocol.Puts;

/// <summary>The state of a block that was sent to a peer.</summary>
internal enum AttemptState
{
    /// <summary>Not answered yet.</summary>
    Pending = 0,

    /// <summary>Not answered within the replica deadline. The answer may still come, and counts.</summary>
    Late = 1,

    /// <summary>Durable. Final.</summary>
    Stored = 2,

    /// <summary>Failed, or could not be asked. Final.</summary>
    Failed = 3,

    /// <summary>Pushed back. Final.</summary>
    Overloaded = 4,

    /// <summary>Refused for good: its place is used up and never moved elsewhere.</summary>
    Refused = 5,
}

/// <summary>Whether another peer is to keep the block in place of an attempt's peer.</summary>
internal enum Replacement
{
    /// <summary>No: it is in flight, stored, or its place is used up.</summary>
    None = 0,

    /// <summary>As soon as it is needed and there is a spare.</summary>
    Due = 1,

    /// <summary>It has been started.</summary>
    Started = 2,

    /// <summary>Only if the put cannot be committed otherwise: its region is cut off and is owed the copy.</summary>
    Withheld = 3,
}

/// <summary>When the replacement of an attempt is taken from the <see cref="ReplacementBudget"/>.</summary>
internal enum ReplacementCharge
{
    /// <summary>Once the puts are answered: until then the puts wait for it.</summary>
    AfterReply = 0,

    /// <summary>Always: all peers are late, and another copy would be late as well.</summary>
    Always = 1,

    /// <summary>It was taken already.</summary>
    Paid = 2,
}

/// <summary>One try to place a replica of a block.</summary>
internal sealed class ReplicaAttempt(ReplicaTarget target)
{
    public ReplicaTarget Target { get; } = target;

    /// <summary>The state of the attempt.</summary>
    public AttemptState State { get; set; }

    /// <summary>Whether it was really sent; a dead member without a spare was not.</summary>
    public bool WasSent { get; init; } = true;

    /// <summary>Whether another peer is to take its place.</summary>
    public Replacement Replacement { get; set; }

    /// <summary>Whether that is taken from the budget.</summary>
    public ReplacementCharge Charge { get; set; }

    /// <summary>Why it is not stored; a sentence.</summary>
    public string? Reason { get; set; }

    /// <summary>How it was refused, when it was.</summary>
    public AppendStatus? Refusal { get; set; }

    /// <summary>The conflicting key, when that was the refusal.</summary>
    public KeyConflict? Conflict { get; set; }

    /// <summary>When to try again, when it was pushed back.</summary>
    public TimeSpan RetryAfter { get; set; }

    /// <summary>Whether an answer can still come.</summary>
    public bool IsOpen => State is AttemptState.Pending or AttemptState.Late;

    /// <summary>Whether its place among the replicas is used up without a replica.</summary>
    public bool IsUsedUp => State is AttemptState.Refused or AttemptState.Overloaded && Replacement == Replacement.None;
}
