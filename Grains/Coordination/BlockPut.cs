using AllData.Diagnostics;
using AllData.Errors;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol;
using AllData.Replication;
using Microsoft.Extensions.Logging;

namespace AllData.Coordination;

/// <summary>What a put of one block needs besides the block: shared by all of a silo's puts.</summary>
internal sealed record BlockPutServices(
    IGrainFactory Grains, PeerHealth Health, AllDataMetrics Metrics, TimeProvider Time, TimeSpan ReplicaDeadline, ILogger<BlockPut> Logger);

/// <summary>Performs what the engine decides for one block: sends, waits, tells the engine, answers. It decides nothing itself.</summary>
internal sealed partial class BlockPut
{
    private readonly Lock _deciding = new();
    private readonly TaskCompletionSource<PutAction.Acknowledge> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly BlockPutServices _services;
    private readonly PutEngine _engine;
    private readonly Block _block;
    private readonly ILogger _logger;

    public BlockPut(BlockPutServices services, PutEngine engine, Block block)
    {
        _services = services;
        _engine = engine;
        _block = block;
        _logger = services.Logger;
    }

    /// <summary>Completes when no answer is awaited any more within its deadline: until then the block occupies memory.</summary>
    public Task Settled => _settled.Task;

    /// <summary>Starts the work and completes with the reply; what is left goes on in the background.</summary>
    /// <exception cref="PutException">The put failed.</exception>
    public async Task<PutAction.Acknowledge> RunAsync(TimeSpan deadline)
    {
        var timer = _services.Time.CreateTimer(
            static state => ((BlockPut)state!).Step(static e => e.DeadlinePassed()), this, deadline, Timeout.InfiniteTimeSpan);
        _ = _settled.Task.ContinueWith(
            static (_, state) => ((ITimer)state!).Dispose(), timer, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        Step(static e => e.Start());
        return await _reply.Task;
    }
}
