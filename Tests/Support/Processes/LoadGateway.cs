using System.Collections.Concurrent;
using AllData.Client.Connection;
using AllData.Events;
using AllData.Silo.LocalCluster;

namespace AllData.Tests.Support;

/// <summary>
/// A client of one gateway only, so that it is known which silo each put went through. It is left alone after a failure of the way to it, until
/// it is connected again.
/// </summary>
internal sealed class LoadGateway(LocalClusterPeer peer) : IAsyncDisposable
{
    private static readonly TimeSpan ConnectBound = TimeSpan.FromSeconds(60);

    // Above the store's put deadline (10 s): as long as a gateway lives, its own answer comes first.
    private static readonly TimeSpan ResponseBound = TimeSpan.FromSeconds(15);

    private IClusterConnection? _connection;

    /// <summary>The peer behind it.</summary>
    public string Peer => peer.Id.Value;

    /// <summary>Whether puts go through it.</summary>
    public bool IsUsed { get; private set; }

    /// <summary>Keys that its silo has handed out and that were not put yet.</summary>
    public ConcurrentQueue<EventKey> Reserved { get; } = new();

    /// <summary>The way to the grains.</summary>
    public IGrainFactory Grains => _connection!.Grains;

    /// <summary>Connects, again if it was connected before.</summary>
    public async Task ConnectAsync()
    {
        var former = _connection;
        _connection = await new OrleansConnector(TimeProvider.System).ConnectAsync(
            new ClusterAddress(
                [new GatewayAddress("127.0.0.1", peer.GatewayPort)], ClusterAddress.DefaultId, ClusterAddress.DefaultId, ConnectBound, ResponseBound),
            CancellationToken.None);
        IsUsed = true;
        if (former is not null)
        {
            await former.DisposeAsync();
        }
    }

    /// <summary>The way to it failed.</summary>
    public void Leave() => IsUsed = false;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection?.DisposeAsync() ?? ValueTask.CompletedTask;
}
