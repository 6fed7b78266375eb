namespace AllData.Simulation.Links;

/// <summary>How one direction of the way between two clusters behaves now.</summary>
/// <param name="Loss">Share of messages that are lost, 0 to 1.</param>
/// <param name="Duplication">Share of messages that arrive twice.</param>
/// <param name="Jitter">Longest delay on top of the distance: messages overtake each other within it.</param>
internal sealed record LinkWeather(double Loss, double Duplication, TimeSpan Jitter)
{
    /// <summary>No fault.</summary>
    public static LinkWeather Fair { get; } = new(0, 0, TimeSpan.FromMilliseconds(10));
}
