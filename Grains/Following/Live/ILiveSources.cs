namespace AllData.Following.Live;

/// <summary>Where a silo hears of acknowledged blocks.</summary>
internal interface ILiveSources
{
    /// <summary>Asks the other silos to tell of the blocks that they acknowledge, for the next seconds.</summary>
    Task AskAsync();
}
