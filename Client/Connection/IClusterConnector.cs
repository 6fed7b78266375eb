namespace AllData.Client.Connection;

/// <summary>The way to the cluster. A seam: every command is tested without one.</summary>
internal interface IClusterConnector
{
    /// <summary>Connects.</summary>
    /// <exception cref="NoClusterException">No gateway answers within the bound.</exception>
    Task<IClusterConnection> ConnectAsync(ClusterAddress address, CancellationToken cancellation);
}

/// <summary>A connected client; disposing of it disconnects.</summary>
internal interface IClusterConnection : IAsyncDisposable
{
    /// <summary>The way to the grains.</summary>
    IGrainFactory Grains { get; }
}

/// <summary>No cluster could be reached; the message names the way out.</summary>
internal sealed class NoClusterException(string message, Exception? inner = null) : Exception(message, inner);
