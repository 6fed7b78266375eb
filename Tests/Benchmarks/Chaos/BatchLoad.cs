using AllData.Events;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>Puts batches as fast as the cluster takes them, through given gateways, and counts what was acknowledged.</summary>
internal sealed class BatchLoad : IAsyncDisposable
{
    private const int Batch = 500;
    private const int PerGateway = 4;

    private static readonly TimeSpan PauseStep = TimeSpan.FromMilliseconds(100);

    private readonly LoadGateway[] _gateways;
    private readonly Task _workers;
    private long _acknowledged;
    private long _failed;
    private volatile bool _isStopping;
    private volatile bool _isPaused;

    private BatchLoad(LoadGateway[] gateways)
    {
        _gateways = gateways;
        _workers = Task.WhenAll(gateways.SelectMany(gateway => Enumerable.Range(0, PerGateway).Select(worker => Task.Run(() => PutAsync(gateway, worker)))));
    }

    /// <summary>Events acknowledged so far.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Events that failed.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Connects and begins.</summary>
    public static async Task<BatchLoad> StartAsync(IEnumerable<LocalClusterPeer> peers)
    {
        var gateways = peers.Select(static peer => new LoadGateway(peer)).ToArray();
        await Task.WhenAll(gateways.Select(static gateway => gateway.ConnectAsync()));
        return new BatchLoad(gateways);
    }

    /// <summary>Whether nothing is put for now; what is in flight is answered.</summary>
    public bool IsPaused
    {
        get => _isPaused;
        set => _isPaused = value;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _isStopping = true;
        await _workers;
        foreach (var gateway in _gateways)
        {
            await gateway.DisposeAsync();
        }
    }

    private async Task PutAsync(LoadGateway gateway, int worker)
    {
        var text = new string((char)('a' + worker), 160);
        for (var turn = 0L; !_isStopping; turn++)
        {
            while (_isPaused && !_isStopping)
            {
                await Task.Delay(PauseStep);
            }

            var payloads = Enumerable.Range(0, Batch).Select(n => EventPayload.FromText($$"""{"n":{{(turn * Batch) + n}},"text":"{{text}}"}""")).ToArray();
            try
            {
                foreach (var result in await gateway.Grains.GetPutCoordinator().PutMany(EventBatch.Of(payloads)))
                {
                    Interlocked.Increment(ref result.Receipt is null ? ref _failed : ref _acknowledged);
                }
            }
            catch (Exception)
            {
                Interlocked.Add(ref _failed, Batch);
            }
        }
    }
}
