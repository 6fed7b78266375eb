namespace AllData.Protocol.Links;

/// <summary>What this silo knows of the way to another cluster.</summary>
internal enum LinkState
{
    /// <summary>Questions are answered in time.</summary>
    Up,

    /// <summary>An answer is missing. Puts still go there: it may have been one packet.</summary>
    Doubtful,

    /// <summary>Nothing is answered. A put plans without the cluster, and so the link costs it nothing.</summary>
    CutOff,

    /// <summary>Answers come again, but not for long enough to rely on them: repair goes there, puts do not yet.</summary>
    Healing,
}
