namespace AllData.Simulation.Running;

/// <summary>Faults of the program that can be put in on purpose: each shows that an invariant would be seen to break.</summary>
internal enum PlantedBug
{
    /// <summary>The program as it is.</summary>
    None,

    /// <summary>A replica answers before its flush. Invariant 1.</summary>
    AckBeforeFlush,

    /// <summary>Repair puts the block that it fetched in the place of one that has other bytes under the same key. Invariant 2.</summary>
    OverwriteConflict,

    /// <summary>A silo that starts does not read the key lease of its directory. Invariant 3.</summary>
    ForgetLease,

    /// <summary>A scan takes one holder of each copyset, whether the sums are equal or not. Invariant 4.</summary>
    ScanOneHolder,

    /// <summary>Repair does not look at what a peer keeps for others. Invariant 5.</summary>
    ForgetForeign,

    /// <summary>A peer that is silent about a supplied key is taken to hold nothing, and no replica claims it. Invariant 6.</summary>
    PutBlindly,

    /// <summary>A low watermark is read off the clock: keys may still be issued below it, and puts be in flight. Invariant 7.</summary>
    PromiseNothing,

    /// <summary>A put is refused while fewer peers are active than replicas requested, though enough are registered. Invariant 8.</summary>
    RefuseWhileOneIsAway,

    /// <summary>A put counts a replica that says nothing in time as one that has stored the block. Invariant 1.</summary>
    CountSilence,

    /// <summary>A replica closes intervals on the word of its own clock. Invariant 9.</summary>
    CloseByOwnClock,

    /// <summary>A registry gives ordinals out of another cluster's range. Invariant 3.</summary>
    TakeOthersOrdinals,

    /// <summary>A link believes an old snapshot of the other cluster. Invariant 10.</summary>
    BelieveOldSnapshot,

    /// <summary>One silo's low watermark counts no put in flight, whether its keys were issued for it or handed out before. Invariant 11.</summary>
    ForgetInFlight,

    /// <summary>A silo with a new directory begins its keys with its own clock, whatever the others' show. Invariant 11.</summary>
    TakeOwnClock,

    /// <summary>A reader that follows is given what comes after a doubt. Invariant 11.</summary>
    PassDoubts,

    /// <summary>A reader that goes on at another silo is given its last page again. Invariant 11.</summary>
    GivePageTwice,

    /// <summary>Events under given keys that readers may have passed are stored as any others. Invariant 11.</summary>
    StoreLateUnmarked,

    /// <summary>A coordinator abandons the number of a block that may be stored: of a put that has ended, where no copy is known. Invariant 12.</summary>
    AbandonUnknown,

    /// <summary>A peer signs what is proposed without reading the interval. Invariant 13.</summary>
    SignUnread,

    /// <summary>A coordinator says of settled numbers, whose blocks are lost, that they were abandoned. Invariant 13.</summary>
    CallMissingAbandoned,

    /// <summary>What comes into a sealed interval later is not seen to be more than there was. Invariant 13.</summary>
    OverlookLate,

    /// <summary>A silo plans its puts as before when it has heard that its cluster was dropped. Invariant 14.</summary>
    ForgetDrop,
}
