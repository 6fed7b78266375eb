namespace AllData.Silo.Http.Console;

/// <summary>What has happened while the console was watched.</summary>
/// <param name="Rows">The latest first.</param>
internal sealed record DecisionsDocument(Decision[] Rows);

/// <summary>Something that has happened, in a sentence.</summary>
/// <param name="Number">Its number: one that goes on, as a repair, keeps it.</param>
/// <param name="At">When it was seen last.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Text">The sentence.</param>
internal sealed record Decision(long Number, DateTimeOffset At, DecisionKind Kind, string Text);

/// <summary>What a decision is about.</summary>
internal enum DecisionKind
{
    /// <summary>A peer died or came back, was registered or dropped.</summary>
    Peer,

    /// <summary>An operator's order, or a peer that turned read-only.</summary>
    Status,

    /// <summary>Others take the place of a peer: of one block, or in all its copysets.</summary>
    Replacement,

    /// <summary>Copies were fetched.</summary>
    Repair,

    /// <summary>A silo has begun or ceased to report a condition.</summary>
    Condition,

    /// <summary>A link to another cluster has changed.</summary>
    Link,
}
