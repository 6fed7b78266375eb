using System.Diagnostics.Metrics;

namespace AllData.Diagnostics;

/// <summary>
/// The store's meter: what each room counts, as OpenTelemetry instruments, is one class of instruments in that room's folder. Tags name kinds only:
/// never a key, never a payload.
/// </summary>
internal sealed class AllDataMeter(IMeterFactory factory)
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "AllData";

    private readonly Meter _meter = factory.Create(Name);

    /// <summary>Makes a counter.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="description">What it counts.</param>
    public Counter<long> CreateCounter(string name, string unit, string description) => _meter.CreateCounter<long>(name, unit, description);

    /// <summary>Makes a histogram; the parameters are those of <see cref="CreateCounter"/>.</summary>
    public Histogram<double> CreateHistogram(string name, string unit, string description) => _meter.CreateHistogram<double>(name, unit, description);

    /// <summary>Shows a figure at each collection.</summary>
    /// <param name="name">The instrument's name.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="description">What it counts.</param>
    /// <param name="read">The figure now; null while it is not known.</param>
    public void ShowGauge(string name, string unit, string description, Func<long?> read) => _meter.CreateObservableGauge(
        name,
        () => read() is { } figure ? [new Measurement<long>(figure)] : Array.Empty<Measurement<long>>(),
        unit,
        description);

    /// <summary>Shows several figures of one kind at each collection, each with its tag.</summary>
    /// <param name="name">The instrument's name.</param>
    /// <param name="unit">Their unit.</param>
    /// <param name="description">What they count.</param>
    /// <param name="read">The figures now.</param>
    public void ShowGauges(string name, string unit, string description, Func<IEnumerable<Measurement<long>>> read) =>
        _meter.CreateObservableGauge(name, read, unit, description);
}
