namespace AllData.Repair;

/// <summary>When a silo's repair compares what.</summary>
internal interface IRepairSchedule
{
    /// <summary>
    /// This peer was found to lack copies in a minute that it has compared long ago: everything is compared again, if that was not done just now.
    /// </summary>
    void Hurry();
}
