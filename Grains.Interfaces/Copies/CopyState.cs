namespace AllData.Copies;

/// <summary>What a peer has to do with a copy.</summary>
internal enum CopyState
{
    /// <summary>It is not meant to hold one, and holds none.</summary>
    None,

    /// <summary>It is meant to hold one, and does.</summary>
    Held,

    /// <summary>It holds one that another peer is meant to hold.</summary>
    Extra,

    /// <summary>It is meant to hold one, has answered, and does not.</summary>
    Missing,

    /// <summary>It is meant to hold one, and has not answered.</summary>
    Unknown,

    /// <summary>It is meant to hold one, and only takes events: it cannot be asked.</summary>
    Believed,

    /// <summary>Others have taken its place, because it is drained, dropped or away for long.</summary>
    Replaced,
}
