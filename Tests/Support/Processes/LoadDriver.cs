using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using AllData.Client.Connection;
using AllData.Errors;
using AllData.Events;
using AllData.Silo.LocalCluster;

namespace AllData.Tests.Support;

/// <summary>
/// Keeps a number of puts in flight, spread over the gateways. Each worker keeps to one gateway as long as it answers, so that a silo that hangs
/// holds only its share of them. Keys are reserved before, at the gateway that is put through: a put that failed is made again with the same key
/// through another gateway. One that is refused because too few peers can say whether its key is taken is set aside, and made again at the end.
/// </summary>
internal sealed class LoadDriver : IAsyncDisposable
{
    private const int MaxAttempts = 20;
    private const int KeysAtOnce = 100;

    // A store that refuses everything refuses quickly: without a bound that is hundreds of thousands of failures to keep.
    private const int MaxFailures = 5_000;

    private static readonly TimeSpan AcknowledgeBound = TimeSpan.FromMinutes(2);

    private readonly CancellationTokenSource _abandoned = new();
    private readonly ConcurrentQueue<(EventKey Key, EventPayload Payload)> _undecided = new();
    private readonly LoadGateway[] _gateways;
    private readonly LoadRecord _record;
    private readonly bool _withFreshKeys;
    private readonly int _perSecond;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Task _workers;
    private volatile bool _isStopping;
    private int _next;

    private LoadDriver(LoadGateway[] gateways, int inFlight, LoadRecord record, bool withFreshKeys, int perSecond)
    {
        _gateways = gateways;
        _perSecond = perSecond;
        _record = record;
        _withFreshKeys = withFreshKeys;
        _record.OnPaused();
        _workers = Task.WhenAll(Enumerable.Range(0, inFlight).Select(worker => Task.Run(() => WorkAsync(worker))));
    }

    /// <summary>Connects to the gateways and begins to put.</summary>
    /// <param name="peers">The peers whose gateways are used.</param>
    /// <param name="inFlight">Puts in flight at any time.</param>
    /// <param name="record">Takes what happens.</param>
    /// <param name="withFreshKeys">Whether every other put gets its key from the coordinator; it is not made again when it fails.</param>
    /// <param name="perSecond">Puts begun in a second, at most.</param>
    public static async Task<LoadDriver> StartAsync(
        IEnumerable<LocalClusterPeer> peers, int inFlight, LoadRecord record, bool withFreshKeys = false, int perSecond = int.MaxValue)
    {
        var gateways = peers.Select(peer => new LoadGateway(peer)).ToArray();
        await Task.WhenAll(gateways.Select(gateway => gateway.ConnectAsync()));
        return new LoadDriver(gateways, inFlight, record, withFreshKeys, perSecond);
    }

    /// <summary>A way to the grains through a gateway that is in use.</summary>
    public IGrainFactory Grains => GatewayFor(worker: 0).Grains;

    /// <summary>Waits until so many more puts are acknowledged.</summary>
    /// <param name="phase">What goes on meanwhile.</param>
    /// <param name="more">How many.</param>
    public async Task AcknowledgesAsync(string phase, int more)
    {
        var until = _record.Count + more;
        await Eventually.IsAsync(
            $"{more} more acknowledgements {phase}",
            () => (_record.Count, Failures: _record.Failures.Count, Last: _record.Failures.LastOrDefault()),
            now => now.Count >= until || _workers.IsCompleted,
            AcknowledgeBound);
        Assert.False(_workers.IsCompleted, $"The load ended {phase}: {_workers.Exception}");
    }

    /// <summary>Uses the gateway of a peer again, after its restart.</summary>
    public Task UseAsync(string peer) => _gateways.Single(gateway => gateway.Peer == peer).ConnectAsync();

    /// <summary>Begins no more puts, waits for those in flight, retries included, and makes those again that were set aside.</summary>
    public async Task StopAsync()
    {
        _isStopping = true;
        await _workers.WaitAsync(AcknowledgeBound);
        while (_undecided.TryDequeue(out var put))
        {
            await Eventually.IsAsync<string?>(
                $"the put of {put.Key} that was set aside is decided",
                async () => (await TryAsync(0, put.Key, put.Payload))?.ToString(),
                static now => now is null,
                AcknowledgeBound);
        }
    }

    /// <summary>Abandons what is in flight, when no silo is left to answer.</summary>
    public async Task AbandonAsync()
    {
        _isStopping = true;
        await _abandoned.CancelAsync();
        await _workers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await AbandonAsync();
        await Task.WhenAll(_gateways.Select(gateway => gateway.DisposeAsync().AsTask()));
        _abandoned.Dispose();
    }

    private async Task WorkAsync(int worker)
    {
        for (var turn = 0; !_isStopping; turn++)
        {
            var number = Interlocked.Increment(ref _next);
            await KeepPaceAsync(number);
            var payload = EventPayload.FromText($$"""{"n":{{number}},"text":"{{new string('x', 160)}}"}""");
            if (_withFreshKeys && turn % 2 == 1)
            {
                await TryAsync(worker, key: null, payload);
            }
            else if (await ReservedKeyAsync(worker) is { } key)
            {
                await PutAsync(worker, key, payload);
            }
        }
    }

    private async Task KeepPaceAsync(int number)
    {
        var early = TimeSpan.FromSeconds((double)number / _perSecond) - Stopwatch.GetElapsedTime(_started);
        if (early > TimeSpan.FromMilliseconds(1))
        {
            await Task.Delay(early);
        }
    }

    /// <summary>Puts until it is acknowledged, each time through another gateway.</summary>
    private async Task PutAsync(int worker, EventKey key, EventPayload payload)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await TryAsync(worker + attempt - 1, key, payload) is not { } failure)
            {
                return;
            }

            if (failure.IsUndecided)
            {
                _undecided.Enqueue((key, payload));
                return;
            }

            if (attempt == MaxAttempts)
            {
                _record.GivenUp.Enqueue(failure);
                return;
            }
        }
    }

    private async Task<LoadFailure?> TryAsync(int worker, EventKey? key, EventPayload payload)
    {
        var gateway = GatewayFor(worker);
        var failure = await CallAsync(gateway, key, async () =>
        {
            var coordinator = gateway.Grains.GetPutCoordinator();
            var receipt = await (key is { } given ? coordinator.Put(given, payload) : coordinator.Put(payload)).WaitAsync(_abandoned.Token);
            if (key is null)
            {
                _record.OnIssued(receipt.Key);
            }

            _record.OnAcknowledged(receipt.Key, payload);
        });
        return failure;
    }

    private async Task<EventKey?> ReservedKeyAsync(int worker)
    {
        var gateway = GatewayFor(worker);
        if (gateway.Reserved.TryDequeue(out var key))
        {
            return key;
        }

        await CallAsync(gateway, key: null, async () =>
        {
            var keys = await gateway.Grains.GetPutCoordinator().ReserveKeys(KeysAtOnce).WaitAsync(_abandoned.Token);
            _record.OnIssued(keys);
            keys.ToList().ForEach(gateway.Reserved.Enqueue);
        });
        return gateway.Reserved.TryDequeue(out key) ? key : null;
    }

    private async Task<LoadFailure?> CallAsync(LoadGateway gateway, EventKey? key, Func<Task> call)
    {
        try
        {
            await call();
            return null;
        }
        catch (OperationCanceledException) when (_abandoned.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            var failure = new LoadFailure(gateway.Peer, key, e);
            _record.Failures.Enqueue(failure);
            if (e is not PutException)
            {
                gateway.Leave();
            }

            return _record.Failures.Count < MaxFailures
                ? failure
                : throw new InvalidOperationException($"{MaxFailures} puts have failed, the last {failure}");
        }
    }

    /// <summary>A worker's own gateway, or the next one in use; when all were left, its own: it may be back.</summary>
    private LoadGateway GatewayFor(int worker)
    {
        var from = Enumerable.Range(worker, _gateways.Length).Select(i => _gateways[i % _gateways.Length]);
        return from.FirstOrDefault(gateway => gateway.IsUsed) ?? from.First();
    }
}
