using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using AllData.Configuration;
using AllData.Errors;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Placement;
using AllData.Protocol.Puts;
using AllData.Protocol.Topologies;
using AllData.Remote;
using AllData.Replication;
using Microsoft.Extensions.Logging;

namespace AllData.Coordination;

/// <summary>What puts of blocks share in a silo.</summary>
internal sealed record BlockReplicationServices(
    IReplicas Replicas,
    PeerHealth Health,
    ReplacementBudget Budget,
    ReplicaPressure Pressure,
    PutInstruments Instruments,
    PeerInstruments PeerInstruments,
    TimeProvider Time,
    ILogger<BlockReplication> Logger)
{
    /// <summary>Is told of acknowledged blocks; null: they are of no interest.</summary>
    public IAcknowledgedBlocks? Acknowledged { get; init; }
}

/// <summary>Performs what the engine decides for one block: sends, waits, tells the engine, answers. It decides nothing itself.</summary>
internal sealed partial class BlockReplication
{
    private readonly Lock _deciding = new();
    private readonly TaskCompletionSource<AcknowledgePut> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Continuations here are short and run at once, on the thread of the last answer: they give back room and keys and stop a timer.
    private readonly TaskCompletionSource _settled = new();
    private readonly TaskCompletionSource _ended = new();
    private readonly BlockReplicationServices _services;
    private readonly PutEngine _engine;
    private readonly Block _block;
    private readonly ILogger _logger;
    private readonly IBlockNumbers _numbers;
    private bool _isBroken;
    private int _sending;

    // What is known of the block's number, from the calls alone.
    private int _sent;
    private int _unwritten;
    private bool _isStored;

    public BlockReplication(BlockReplicationServices services, PutEngine engine, Block block, IBlockNumbers numbers)
    {
        _numbers = numbers;
        _services = services;
        _engine = engine;
        _block = block;
        _logger = services.Logger;
    }

    /// <summary>
    /// Completes when every replica has answered or passed its deadline: until then the block counts as in flight. A peer that hangs longer is
    /// bounded by being avoided.
    /// </summary>
    public Task Settled => _settled.Task;

    /// <summary>
    /// Completes when every call to a replica has ended, including late ones, so that this put writes nothing of the block any more.
    /// </summary>
    public Task Ended => _ended.Task;

    /// <summary>Starts the work and completes with the reply; what is left goes on in the background.</summary>
    /// <exception cref="PutException">The put failed.</exception>
    public async Task<AcknowledgePut> RunAsync(TimeSpan deadline)
    {
        var timer = _services.Time.CreateTimer(
            static state => ((BlockReplication)state!).Step(static e => e.OnDeadline()), this, deadline, Timeout.InfiniteTimeSpan);
        _ = _settled.Task.ContinueWith(
            static (_, state) => ((ITimer)state!).Dispose(),
            timer,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        Step(static e => e.Start());
        return await _reply.Task;
    }

    /// <summary>Tells the engine what happened and does what it wants; one event at a time.</summary>
    private void Step(Func<PutEngine, ImmutableArray<PutAction>> happened)
    {
        ImmutableArray<PutAction> actions;
        lock (_deciding)
        {
            actions = Decide(happened);

            // The step itself counts too: what it is about to send is not over.
            var sends = actions.Count(static a => a is SendReplica);
            _sending += sends + 1;
            _sent += sends;
        }

        foreach (var action in actions)
        {
            Perform(action);
        }

        SettleIfDone();
        OnOver();
    }

    private void OnOver()
    {
        bool isUnwritten;
        lock (_deciding)
        {
            if (--_sending > 0 || !_reply.Task.IsCompleted)
            {
                return;
            }

            // Each call was answered, and each answer was that nothing was written. A call that has failed may have stored the block, and a retry of the put
            // may have found it there and been acknowledged.
            isUnwritten = _unwritten == _sent;
        }

        if (_ended.TrySetResult())
        {
            _numbers.End(_block.Header.Id, isUnwritten);
        }
    }

    private void NoteAnswer(AppendStatus status)
    {
        bool isFirstCopy;
        lock (_deciding)
        {
            _unwritten += status.IsUnwritten() ? 1 : 0;
            isFirstCopy = !_isStored && status is (AppendStatus.Stored or AppendStatus.AlreadyStored);
            _isStored |= isFirstCopy;
        }

        if (isFirstCopy)
        {
            // From now on the block must be found somewhere, however the put ends.
            _numbers.Settle(_block.Header.Id);
        }
    }

    private ImmutableArray<PutAction> Decide(Func<PutEngine, ImmutableArray<PutAction>> happened)
    {
        try
        {
            return happened(_engine);
        }
        catch (Exception e)
        {
            // A bug must not make the put hang: the caller gets an answer, and the block's room is given back.
            LogEngineFailed(e, _block.Header.Id);
            _isBroken = true;
            return [new FailPut(InternalError.Of(e))];
        }
    }

    private void Perform(PutAction action)
    {
        switch (action)
        {
            case SendReplica send:
                _ = SendToEndAsync(send);
                break;
            case HoldPuts hold:
                _services.Pressure.OnOverloaded(hold.For);
                break;
            case AcknowledgePut acknowledged:
                _reply.TrySetResult(acknowledged);
                break;
            case FailPut failed:
                _reply.TrySetException(failed.Error);
                break;
        }
    }

    private async Task SendToEndAsync(SendReplica send)
    {
        await SendAsync(send);
        OnOver();
    }

    private async Task SendAsync(SendReplica send)
    {
        if (send.Replaces is { } replaced)
        {
            _services.Instruments.OnReplicaReplaced();
            LogReplaced(_block.Header.Id, replaced, send.Target);
        }

        _services.Budget.OnReplicaWrite();
        _services.Health.OnAsked(send.Target.Peer, Now);
        var (isTimely, asked) = (true, _services.Time.GetTimestamp());
        AppendReply reply;
        try
        {
            var call = _services.Replicas.Of(send.Target.Peer).AppendAsync(_block.Bytes);
            var silence = await WaitForAnswerAsync(call, send.Target.Peer);
            isTimely = silence is null;
            if (silence is { } waited)
            {
                OnSilent(send.Target, waited);
            }

            reply = await call;
        }
        catch (Exception e)
        {
            // Any exception: a peer that cannot be reached is replaced, for whatever reason it did not answer.
            LogFailed(e, _block.Header.Id, send.Target);
            OnThrown(send.Target, e, isTimely);
            return;
        }

        if (reply.Status == AppendStatus.Stored)
        {
            _services.Health.AnswerTimes.OnAnswer(send.Target.Peer, _services.Time.GetElapsedTime(asked));
        }

        OnAnswered(send.Target, reply, isTimely);
    }

    /// <summary>
    /// Waits for an answer: until the peer's own deadline while a caller waits for the put, until the longest one when none does. A copy elsewhere costs
    /// what an answer that is a little late does not.
    /// </summary>
    /// <returns>How long was waited in vain; null when the answer came.</returns>
    private async Task<TimeSpan?> WaitForAnswerAsync(Task call, PeerId peer)
    {
        var times = _services.Health.AnswerTimes;
        var deadline = times.DeadlineOf(peer);
        await EndOf(call, deadline);
        if (!call.IsCompleted && deadline < times.Longest && _reply.Task.IsCompleted)
        {
            await EndOf(call, times.Longest - deadline);
            deadline = times.Longest;
        }

        return call.IsCompleted ? null : deadline;
    }

    private ConfiguredTaskAwaitable EndOf(Task call, TimeSpan deadline) => call.WaitAsync(deadline, _services.Time)
        .ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);

    private void OnSilent(ReplicaTarget target, TimeSpan deadline)
    {
        var isToBlame = _services.Health.OnSilent(target.Peer, Now, (long)deadline.TotalMilliseconds);
        LogSilent(_block.Header.Id, target, deadline);
        Step(engine => engine.OnSilent(target.PeerIndex, isToBlame));
    }

    private void OnThrown(ReplicaTarget target, Exception thrown, bool isTimely)
    {
        // The end of a call that was given up long ago says nothing about the peer now.
        if (isTimely)
        {
            _services.Health.OnFailure(target.Peer, _services.Replicas.FailureOf(thrown), Now);
        }

        Step(engine => engine.OnFailed(target.PeerIndex, thrown.Message));
    }

    private void OnAnswered(ReplicaTarget target, AppendReply reply, bool isTimely)
    {
        NoteAnswer(reply.Status);
        if (!isTimely)
        {
            _services.Instruments.OnLateAnswer();
        }

        switch (reply.Status)
        {
            case AppendStatus.Stored or AppendStatus.AlreadyStored:
                OnWorking(target, isTimely);
                Step(engine => engine.OnStored(target.PeerIndex));
                break;
            case AppendStatus.Overloaded:
                OnWorking(target, isTimely);
                Step(engine => engine.OnOverloaded(target.PeerIndex, reply.RetryAfter ?? TimeSpan.Zero));
                break;
            case AppendStatus.IntervalNotOpen or AppendStatus.Conflict or AppendStatus.Invalid:
                OnWorking(target, isTimely);
                LogRefused(_block.Header.Id, target, reply.Status, reply.Reason);
                Step(engine => engine.OnRefused(target.PeerIndex, reply.Status, reply.Reason ?? reply.Status.ToString(), reply.Conflict));
                break;
            default:
                _services.Health.OnError(target.Peer, Now);
                Step(engine => engine.OnFailed(target.PeerIndex, reply.Reason ?? reply.Status.ToString()));
                break;
        }
    }

    /// <summary>A peer that answers about a block works, even if its answer is no.</summary>
    private void OnWorking(ReplicaTarget target, bool isTimely)
    {
        if (_services.Health.OnAnswer(target.Peer, Now, isTimely))
        {
            _services.PeerInstruments.OnPeerDeath(real: false);
        }
    }

    private long Now => _services.Time.GetMonotonicMilliseconds();

    private void SettleIfDone()
    {
        int copies;
        lock (_deciding)
        {
            if (!_reply.Task.IsCompleted || !(_engine.IsComplete || _isBroken))
            {
                return;
            }

            copies = _engine.CopiesStored;
        }

        if (_settled.TrySetResult())
        {
            ReportMissing(copies);
        }
    }

    /// <summary>Failures after the reply are never silent: repair finds them in the data, and operators in this count.</summary>
    private void ReportMissing(int copies)
    {
        if (copies < _block.Header.ReplicationFactor)
        {
            _services.Instruments.OnBlockIncomplete();
            LogIncomplete(_block.Header.Id, copies, _block.Header.ReplicationFactor);
        }
    }
}
