using System.Diagnostics.Metrics;

namespace AllData.Simulation.Running;

/// <summary>Makes meters without listeners.</summary>
internal sealed class Meters : IMeterFactory
{
    /// <inheritdoc/>
    public Meter Create(MeterOptions options) => new(options);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
