using System.Diagnostics.Metrics;
using AllData.Diagnostics;

namespace AllData.Simulation.Running;

/// <summary>Makes meters without listeners.</summary>
internal sealed class Meters : IMeterFactory
{
    /// <summary>A meter for everything that wants one.</summary>
    public static AllDataMeter Unheard { get; } = new(new Meters());

    private readonly List<Meter> _meters = [];

    /// <inheritdoc/>
    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    /// <inheritdoc/>
    public void Dispose() => _meters.ForEach(static meter => meter.Dispose());
}
