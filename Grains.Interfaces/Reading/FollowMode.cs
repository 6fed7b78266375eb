namespace AllData.Reading;

/// <summary>When a reader that follows is given an event.</summary>
public enum FollowMode
{
    /// <summary>As soon as nothing more can appear before it: in the order of the keys, a second or two after its put.</summary>
    Ordered = 0,

    /// <summary>
    /// As soon as it is acknowledged, in the order in which the serving silo hears of it, and in between word of how far it is safe. What the silo does not
    /// hear of is given when it is safe.
    /// </summary>
    Live = 1,
}
