namespace AllData.Reading;

/// <summary>What a scan is for.</summary>
internal enum ScanUse
{
    /// <summary>Every event of a range at its key, and from where on events may still appear.</summary>
    Range,

    /// <summary>The events of a range that readers who follow are given at their keys. The caller has just learned the topology.</summary>
    Follow,

    /// <summary>All copies of a range, so that of each event every block is seen, and its first position is right. As <see cref="Follow"/> else.</summary>
    Late,

    /// <summary>
    /// Every event of a range in the form in which it is stored, for a root: encrypted payloads stay so. The caller has just learned the topology.
    /// </summary>
    Stored,
}
