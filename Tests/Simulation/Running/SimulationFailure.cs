namespace AllData.Simulation.Running;

/// <summary>A run has ended because something must never happen and did.</summary>
internal sealed class SimulationFailure(string invariant, string message) : Exception($"{invariant}: {message}")
{
    /// <summary>The invariant, or what else went wrong.</summary>
    public string Invariant { get; } = invariant;
}
