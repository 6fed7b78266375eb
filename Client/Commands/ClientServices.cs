using AllData.Client.Connection;
using AllData.Client.Terminals;

namespace AllData.Client.Commands;

/// <summary>A command's surroundings, so that a test can replace them.</summary>
/// <param name="Connector">The way to the cluster.</param>
/// <param name="Terminal">Where it reads and writes.</param>
/// <param name="Time">The clock.</param>
/// <param name="Random">Spreads retries.</param>
internal sealed record ClientServices(IClusterConnector Connector, Terminal Terminal, TimeProvider Time, Random Random)
{
    /// <summary>The environment. Default: an empty one.</summary>
    public ClientSurroundings Surroundings { get; init; } = ClientSurroundings.None;
}
