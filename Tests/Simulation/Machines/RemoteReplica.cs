using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Remote;
using AllData.Replication;
using AllData.Simulation.Running;

namespace AllData.Simulation.Machines;

/// <summary>Another peer's replica over the simulated network, each call bounded.</summary>
internal sealed class RemoteReplica(World world, SimulatedSilo caller, Machine other) : IReplica
{
    private static readonly TimeSpan ReadDeadline = TimeSpan.FromSeconds(5);

    // A late answer counts, and one that never comes is given up, as Orleans does.
    private static readonly TimeSpan CallDeadline = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public Task<AppendReply> AppendAsync(BlockBytes block)
    {
        caller.Coordinator.OnSending(block, other.Id);
        return world.Settings.Bug == PlantedBug.CountSilence
            ? AnswerForTheSilentAsync(block)
            : CallAsync(AtMostOnce(block), CallDeadline);
    }

    /// <inheritdoc/>
    public Task PingAsync() => CallAsync(static silo => Task.FromResult(silo.OpenStore()), SimulatedSilo.ReplicaDeadline);

    /// <inheritdoc/>
    public Task<ImmutableArray<HeldKey>> LookUpAsync(ImmutableArray<EventKey> keys) =>
        CallAsync(silo => Task.FromResult(silo.OpenStore().LookUp(keys)), SimulatedSilo.ReplicaDeadline);

    /// <inheritdoc/>
    public Task<ImmutableArray<HeldKey>> LookUpToPutAsync(KeyInquiry inquiry)
    {
        var call = CallAsync(silo => Task.FromResult(silo.LookUpToPut(inquiry)), SimulatedSilo.ReplicaDeadline);
        return world.Settings.Bug == PlantedBug.PutBlindly ? TakeSilenceForNothingAsync(inquiry, call) : call;
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<KeyIssuance>> JudgeKeysAsync(ImmutableArray<EventKey> keys) =>
        CallAsync(silo => Task.FromResult(silo.Coordinator.Judge(keys)), SimulatedSilo.ReplicaDeadline);

    /// <summary>Single keys are not read here.</summary>
    public Task<ImmutableArray<EventPayload>> ReadAsync(EventKey key) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<EventKey> GetLowWatermarkAsync() => CallAsync(static silo => silo.Coordinator.GetLowWatermarkAsync(), SimulatedSilo.ReplicaDeadline);

    /// <inheritdoc/>
    public Task<ClockReading> ReadClockAsync() => CallAsync(static silo => Task.FromResult(silo.Clock.Read()), SimulatedSilo.ReplicaDeadline);

    /// <inheritdoc/>
    public Task<ImmutableArray<NumberReport>> GetNumbersAsync(Interval interval, CancellationToken cancellationToken) =>
        CallAsync(silo => ReportAsync(silo, interval), ReadDeadline);

    /// <summary>The simulated registry tells its news itself.</summary>
    public void TellTopology(TopologySnapshot topology) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<BucketChanges> GetChangesAsync(ChangeCursor since, CancellationToken cancellationToken) =>
        AskAsync(store => store.GetChangesAsync(since, CancellationToken.None), cancellationToken);

    /// <inheritdoc/>
    public Task<BucketPage> ReadBucketsAsync(BucketRange range, CancellationToken cancellationToken) =>
        AskAsync(store => store.ReadBucketsAsync(range, CancellationToken.None), cancellationToken);

    /// <inheritdoc/>
    public Task<ImmutableArray<CopysetDefinition>> ReadCopysetsAsync(UnixMinute fromMinute, UnixMinute toMinute, CancellationToken cancellationToken) =>
        AskAsync(store => store.ReadCopysetsAsync(fromMinute, toMinute, CancellationToken.None), cancellationToken);

    /// <inheritdoc/>
    public Task<BlockList> ListBlocksAsync(BlockListRange range, CancellationToken cancellationToken) =>
        AskAsync(store => store.ListBlocksAsync(range, CancellationToken.None), cancellationToken);

    /// <inheritdoc/>
    public Task<FetchedBlocks> FetchBlocksAsync(BlockFetch fetch, CancellationToken cancellationToken) =>
        AskAsync(store => store.FetchBlocksAsync(fetch, CancellationToken.None), cancellationToken);

    /// <inheritdoc/>
    public Task<BlockPage> ReadPageAsync(BlockRange range, CancellationToken cancellationToken) =>
        AskAsync(store => store.ReadPageAsync(range, CancellationToken.None), cancellationToken);

    // No transport carries a call twice: a number is abandoned when all calls were refused. One that was stored is tried twice all the same.
    private static Func<SimulatedSilo, Task<AppendReply>> AtMostOnce(BlockBytes block)
    {
        Task<AppendReply>? first = null;
        return silo => first is null or { IsCompletedSuccessfully: true, Result.Status: AppendStatus.Stored or AppendStatus.AlreadyStored }
            ? first = silo.AppendAsync(block)
            : first;
    }

    // The planted bug: what was settled and is lost is explained.
    private async Task<ImmutableArray<NumberReport>> ReportAsync(SimulatedSilo silo, Interval interval)
    {
        var reports = await silo.Coordinator.ReportNumbersAsync(interval);
        return world.Settings.Bug != PlantedBug.CallMissingAbandoned ? reports :
        [
            .. reports.Select(report => report with
            {
                Abandoned = report.Abandoned.Union(NumberRanges.Between(0, report.Settled).Except(report.UnderWay)
                    .Except(world.Census.HeldOf(report.Ordinal, report.Incarnation, interval.FirstMinute))),
            }),
        ];
    }

    private Task<T> AskAsync<T>(Func<Storage.SimulatedStore, Task<T>> ask, CancellationToken stop) =>
        world.Network.CallAsync(caller, other, silo => ask(silo.OpenStore())).WaitAsync(ReadDeadline, caller.Time, stop);

    private Task<T> CallAsync<T>(Func<SimulatedSilo, Task<T>> ask, TimeSpan deadline) =>
        world.Network.CallAsync(caller, other, ask).WaitAsync(deadline, caller.Time);

    // The planted bug: a silent peer is taken to have stored the block.
    private async Task<AppendReply> AnswerForTheSilentAsync(BlockBytes block)
    {
        try
        {
            return await CallAsync(silo => silo.AppendAsync(block), SimulatedSilo.ReplicaDeadline);
        }
        catch (TimeoutException)
        {
            return AppendReply.Stored;
        }
    }

    // The planted bug: a silent peer is taken to hold nothing.
    private static async Task<ImmutableArray<HeldKey>> TakeSilenceForNothingAsync(KeyInquiry inquiry, Task<ImmutableArray<HeldKey>> call)
    {
        try
        {
            return await call;
        }
        catch (Exception e) when (e is not SimulationFailure)
        {
            return [.. inquiry.Claiming.Select(static k => new HeldKey(k.Key, [])), .. inquiry.Looking.Select(static k => new HeldKey(k, []))];
        }
    }
}
