namespace AllData.Batching.Gateways;

/// <summary>How far a gateway is from the client, nearest first.</summary>
internal enum GatewayProximity
{
    /// <summary>In the client's zone.</summary>
    SameZone,

    /// <summary>In another zone of its region.</summary>
    SameRegion,

    /// <summary>In another region, or in an unknown one. If the client has no location, all gateways are.</summary>
    Elsewhere,
}
