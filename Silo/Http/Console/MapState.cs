namespace AllData.Silo.Http.Console;

/// <summary>The state of a peer on the map.</summary>
internal enum MapState
{
    /// <summary>Its silo answers, and it takes copies.</summary>
    Alive,

    /// <summary>It only takes events, and cannot be asked.</summary>
    PutOnly,

    /// <summary>It answers slowly, or a coordinator goes around it.</summary>
    Slow,

    /// <summary>It takes no new copies, and others complete what it holds.</summary>
    Draining,

    /// <summary>It is drained: all that it holds has its copies elsewhere.</summary>
    Drained,

    /// <summary>Its storage takes nothing.</summary>
    ReadOnly,

    /// <summary>It does not answer.</summary>
    Silent,

    /// <summary>Its region is cut off: it may be alive, and goes on without this one.</summary>
    CutOff,

    /// <summary>No silo hosts it.</summary>
    Dead,

    /// <summary>No silo has hosted it for long, and others have taken its place.</summary>
    Away,
}
