using System.Runtime.CompilerServices;
using AllData.Events;
using AllData.Puts;
using AllData.Replication;

namespace AllData.Client.Bench;

/// <summary>How a put gets to the cluster.</summary>
internal interface IPutWay : IAsyncDisposable
{
    /// <summary>Puts one event.</summary>
    Task<PutReceipt> PutAsync(EventPayload payload);

    /// <summary>Puts many.</summary>
    Task<PutResults> PutManyAsync(EventPayload[] payloads);
}

/// <summary>Puts by plain calls of a coordinator.</summary>
internal sealed class GrainWay(IGrainFactory grains, PutOptions? options) : IPutWay
{
    /// <inheritdoc/>
    public Task<PutReceipt> PutAsync(EventPayload payload) => grains.GetPutCoordinator().Put(payload, options);

    /// <inheritdoc/>
    public Task<PutResults> PutManyAsync(EventPayload[] payloads) => grains.GetPutCoordinator().PutMany(EventBatch.Of(payloads), options);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>Puts by the client that applications have: it gathers what is put at the same time, and tries again.</summary>
internal sealed class ClientWay(IGrainFactory grains, PutOptions? options, TimeProvider time) : IPutWay
{
    private readonly AllDataClient _client = new(grains, options: null, time);

    /// <inheritdoc/>
    public Task<PutReceipt> PutAsync(EventPayload payload) => _client.PutAsync(payload, options);

    /// <inheritdoc/>
    public Task<PutResults> PutManyAsync(EventPayload[] payloads) => _client.PutManyAsync(payloads, options);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _client.DisposeAsync();
}

/// <summary>Single puts, or puts of many. The methods' state is pooled: what they allocate would be counted as the store's cost.</summary>
/// <param name="way">How a put gets to the cluster.</param>
/// <param name="batch">Events of each call; 1: single puts.</param>
internal sealed class PutLoad(IPutWay way, int batch) : ILoad
{
    /// <inheritdoc/>
    public int Batch => batch;

    /// <inheritdoc/>
    public ValueTask<int> PutAsync(long first, RunRecord record) => batch == 1 ? PutOneAsync(first, record) : PutManyAsync(first, record);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> PutOneAsync(long number, RunRecord record)
    {
        var receipt = await way.PutAsync(record.Events.Create(number)).ConfigureAwait(false);
        record.Acknowledge(number, receipt.Key);
        return 1;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> PutManyAsync(long first, RunRecord record)
    {
        var payloads = new EventPayload[batch];
        for (var i = 0; i < batch; i++)
        {
            payloads[i] = record.Events.Create(first + i);
        }

        return Note(await way.PutManyAsync(payloads).ConfigureAwait(false), first, record);
    }

    private static int Note(PutResults results, long first, RunRecord record)
    {
        var stored = 0;
        for (var i = 0; i < results.Count; i++)
        {
            if (results.AnswerOf(i).Error is { } error)
            {
                record.Fail(error, 1);
            }
            else
            {
                record.Acknowledge(first + i, results.KeyOf(i)!.Value);
                stored++;
            }
        }

        return stored;
    }
}
