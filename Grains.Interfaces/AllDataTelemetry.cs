namespace AllData;

/// <summary>
/// The names under which the store reports what it does, for an application that sets up OpenTelemetry: <c>AddMeter</c> and <c>AddSource</c> take them.
/// Spans have a caller only where Orleans passes contexts on: <c>AddActivityPropagation</c> of its client and silo builders.
/// </summary>
public static class AllDataTelemetry
{
    /// <summary>The meter of a silo with the store.</summary>
    public const string Meter = "AllData";

    /// <summary>The activity source of <see cref="AllDataClient"/>: a span for each batch that it sends.</summary>
    public const string ClientSource = "AllData.Orleans.Client";

    /// <summary>The activity source of a silo with the store: spans of puts, of scans and of repair.</summary>
    public const string ServerSource = "AllData.Orleans.Server";
}
