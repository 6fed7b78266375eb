using System.Collections.Immutable;
using AllData.Coordination;
using AllData.Errors;
using AllData.Protocol;
using AllData.Replication;
using AllData.Simulation.Running;

namespace AllData.Simulation.Machines;

/// <summary>Performs over the simulated network what the real put engine decides for one block.</summary>
internal sealed class BlockRun(World world, SimulatedSilo silo, PutEngine engine, Block block)
{
    private static readonly TimeSpan PutDeadline = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource<AcknowledgePut> _reply = new();

    /// <summary>Puts the block; what is left after the reply goes on.</summary>
    /// <exception cref="PutException">The put failed.</exception>
    public Task<AcknowledgePut> RunAsync()
    {
        silo.Life.Start(async () =>
        {
            await Task.Delay(PutDeadline, silo.Time);
            Perform(engine.OnDeadline());
        });
        Perform(engine.Start());
        return _reply.Task;
    }

    private long Now => silo.Clock.Monotonic;

    private void Perform(ImmutableArray<PutAction> actions)
    {
        foreach (var action in actions)
        {
            switch (action)
            {
                case SendReplica send:
                    silo.Life.Start(() => SendAsync(send));
                    break;
                case AcknowledgePut acknowledged:
                    _reply.TrySetResult(acknowledged);
                    break;
                case FailPut failed:
                    _reply.TrySetException(failed.Error);
                    break;
            }
        }
    }

    private async Task SendAsync(SendReplica send)
    {
        silo.Coordinator.Budget.OnReplicaWrite();
        silo.Health.OnAsked(send.Target.Peer, Now);
        world.Trace.Note(TraceKind.Sent, silo.Machine.Number, send.Target.Peer.Value, block.Header.Id.Sequence);
        var call = world.Network.CallAsync(silo, world.Find(send.Target.Peer), other => other.AppendAsync(block.Bytes));
        try
        {
            OnAnswered(send.Target, await call.WaitAsync(SimulatedSilo.ReplicaDeadline, silo.Time), isTimely: true);
        }
        catch (TimeoutException)
        {
            var isToBlame = silo.Health.OnSilent(send.Target.Peer, Now);
            Perform(engine.OnSilent(send.Target.PeerIndex, isToBlame));
            await AwaitLateAsync(send.Target, call);
        }
        catch (Exception e) when (e is not SimulationFailure)
        {
            silo.Health.OnThrown(send.Target.Peer, e, Now);
            Perform(engine.OnFailed(send.Target.PeerIndex, e.Message));
        }
    }

    private async Task AwaitLateAsync(ReplicaTarget target, Task<AppendReply> call)
    {
        try
        {
            OnAnswered(target, await call, isTimely: false);
        }
        catch (Exception e) when (e is not SimulationFailure)
        {
            Perform(engine.OnFailed(target.PeerIndex, e.Message));
        }
    }

    private void OnAnswered(ReplicaTarget target, AppendReply reply, bool isTimely)
    {
        if (reply.Status is not (AppendStatus.Failed or AppendStatus.ReadOnly))
        {
            // Who answers about a block works, also when the answer is no.
            _ = silo.Health.OnAnswer(target.Peer, Now, isTimely);
        }

        switch (reply.Status)
        {
            case AppendStatus.Stored or AppendStatus.AlreadyStored:
                Perform(engine.OnStored(target.PeerIndex));
                break;
            case AppendStatus.Overloaded:
                var mayReplace = engine.IsAwaited(target.PeerIndex) && silo.Coordinator.Budget.TryTake();
                Perform(engine.OnOverloaded(target.PeerIndex, reply.RetryAfter ?? TimeSpan.Zero, mayReplace));
                break;
            case AppendStatus.IntervalNotOpen or AppendStatus.Conflict or AppendStatus.Invalid:
                Perform(engine.OnRefused(target.PeerIndex, reply.Status, reply.Reason ?? "", reply.Conflict));
                break;
            default:
                silo.Health.OnError(target.Peer, Now);
                Perform(engine.OnFailed(target.PeerIndex, reply.Reason ?? ""));
                break;
        }
    }
}
