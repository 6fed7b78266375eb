using System.Diagnostics.Metrics;
using AllData.Diagnostics;

namespace AllData.Simulation.Running;

/// <summary>Makes meters without listeners.</summary>
internal sealed class Meters : IMeterFactory
{
    /// <summary>A meter for everything that wants one.</summary>
    public static AllDataMeter Unheard { get; } = new(new Meters());

    /// <inheritdoc/>
    public Meter Create(MeterOptions options) => new(options);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
