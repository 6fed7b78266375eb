namespace AllData.Errors;

/// <summary>Why a region cannot be dropped at all.</summary>
public enum RegionRefusal
{
    /// <summary>The store has one cluster, which no federation document names: its registry drops peers one by one.</summary>
    NoDocument = 0,

    /// <summary>No cluster of the store covers it.</summary>
    Unknown = 1,

    /// <summary>It was dropped before.</summary>
    AlreadyDropped = 2,

    /// <summary>It is the last one of the store.</summary>
    Last = 3,

    /// <summary>It is all that the asked cluster covers: the others decide about it.</summary>
    Own = 4,
}

/// <summary>A region cannot be dropped, whatever it holds. Nothing changed.</summary>
[GenerateSerializer, Alias("AllData.RegionRefusedException")]
public sealed class RegionRefusedException(string message, string region, RegionRefusal reason) : Exception(message)
{
    /// <summary>The region, as it was named.</summary>
    [Id(0)]
    public string Region { get; init; } = region;

    /// <summary>Why.</summary>
    [Id(1)]
    public RegionRefusal Reason { get; init; } = reason;
}
