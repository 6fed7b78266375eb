using System.Diagnostics.Metrics;

namespace AllData.Diagnostics;

/// <summary>
/// The store's meter: what each room counts, as OpenTelemetry instruments, is one class of instruments in that room's folder. Attributes name kinds only
/// (<see cref="TelemetryAttributes"/>): never a key, never a payload.
/// </summary>
internal sealed class AllDataMeter(IMeterFactory factory)
{
    private readonly Meter _meter = factory.Create(AllDataTelemetry.Meter);

    /// <summary>Makes a counter.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="description">What it counts.</param>
    public Counter<long> CreateCounter(string name, string unit, string description) => _meter.CreateCounter<long>(name, unit, description);

    /// <summary>Makes a histogram; the other parameters are those of <see cref="CreateCounter"/>.</summary>
    /// <param name="name">The instrument's name.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="description">What it measures.</param>
    /// <param name="bounds">The bounds of its buckets, ascending.</param>
    public Histogram<double> CreateHistogram(string name, string unit, string description, double[] bounds) =>
        _meter.CreateHistogram(name, unit, description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });

    /// <summary>Shows a total that only rises. From the start, with 0: a collector that first sees a counter at 1 takes that for no change.</summary>
    /// <param name="name">The instrument's name.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="description">What it counts.</param>
    /// <param name="read">The total now.</param>
    public void ShowTotal(string name, string unit, string description, Func<long> read) =>
        _meter.CreateObservableCounter(name, read, unit, description);

    /// <summary>Shows several totals of one kind, each with its attribute.</summary>
    public void ShowTotals(string name, string unit, string description, Func<IEnumerable<Measurement<long>>> read) =>
        _meter.CreateObservableCounter(name, read, unit, description);

    /// <summary>Shows an amount at each collection; those of several silos may be added up.</summary>
    /// <param name="name">The instrument's name.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="description">What it counts.</param>
    /// <param name="read">The amount now; null while it is not known.</param>
    public void ShowAmount(string name, string unit, string description, Func<long?> read) => _meter.CreateObservableUpDownCounter(
        name,
        () => read() is { } amount ? [new Measurement<long>(amount)] : Array.Empty<Measurement<long>>(),
        unit,
        description);

    /// <summary>Shows several amounts of one kind, each with its attributes.</summary>
    public void ShowAmounts(string name, string unit, string description, Func<IEnumerable<Measurement<long>>> read) =>
        _meter.CreateObservableUpDownCounter(name, read, unit, description);

    /// <summary>Shows a figure at each collection that says nothing when it is added to that of another silo.</summary>
    /// <param name="name">The instrument's name.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="description">What it is.</param>
    /// <param name="read">The figure now; null while it is not known.</param>
    public void ShowGauge(string name, string unit, string description, Func<double?> read) => _meter.CreateObservableGauge(
        name,
        () => read() is { } figure ? [new Measurement<double>(figure)] : Array.Empty<Measurement<double>>(),
        unit,
        description);
}
