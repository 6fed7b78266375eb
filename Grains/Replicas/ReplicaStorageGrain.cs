using System.Collections.Immutable;
using AllData.Coordination;
using AllData.Diagnostics;
using AllData.Errors;
using AllData.Events;
using AllData.Intervals;
using AllData.Membership;
using AllData.Peers;
using AllData.Placement;
using AllData.Protocol.Blocks;
using AllData.Protocol.Keys;
using AllData.Replication;
using AllData.Reports;
using AllData.Storage;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace AllData.Replicas;

/// <summary>
/// The replica of this silo's peer: checks what arrives and hands it to the peer's store. Reentrant, because every call only waits for the one
/// writer, which puts all that waits into one flush.
/// </summary>
[PinnedToPeer, KeepAlive, Reentrant]
internal sealed partial class ReplicaStorageGrain(
    HostedPeer hostedPeer,
    TopologyCache topologies,
    TopologyNews news,
    IntervalObservers observers,
    KeyIssuer issuer,
    KeyClaims claims,
    BlockNumbers numbers,
    PeerReporter reporter,
    PeerFiguresReader figures,
    ClusterClock clock,
    ReplicaInstruments instruments,
    ILogger<ReplicaStorageGrain> logger) : Grain, IReplicaStorageGrain, IPeerFigures, IContractGrain
{
    // One call takes far less than Orleans' response timeout, however slow the disk.
    private const long ScrubStepBytes = 16 << 20;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // The runtime does not check the director's answer: in the wrong silo these would be another peer's replicas on this peer's disk.
        if (this.GetPrimaryKeyString() != GrainFactoryExtensions.ReplicaKey(hostedPeer.Id))
        {
            throw new PeerNotHostedException(GrainFactoryExtensions.ParseReplicaKey(this.GetPrimaryKeyString()));
        }

        return Task.CompletedTask;
    }

    public async Task<AppendReply> Append(BlockBytes block)
    {
        var reply = await AppendCore(block);
        instruments.OnAnswered(reply.Status);
        return reply;
    }

    public Task Ping() => hostedPeer.Refusal is null && OpenStore() is not null
        ? Task.CompletedTask
        : throw new ReplicaStoreException($"Peer '{hostedPeer.Id}' takes no replicas: {hostedPeer.Refusal}");

    public Task<ImmutableArray<HeldKey>> LookUp(ImmutableArray<EventKey> keys)
    {
        QuestionBounds.Check(keys);
        return OpenStore().LookUpAsync(keys, CancellationToken.None);
    }

    public async Task<ImmutableArray<HeldKey>> LookUpToPut(KeyInquiry inquiry)
    {
        QuestionBounds.Check(inquiry);

        // Claim before looking: a block that reaches the disk in between has been seen by the claim, or is refused.
        var store = OpenStore();
        var others = claims.Claim(inquiry.Claiming.AsSpan());
        var held = await store.LookUpAsync([.. inquiry.Claiming.Select(static k => k.Key), .. inquiry.Looking], CancellationToken.None);
        return [.. held.Select((one, i) => i < others.Length && others[i] is { } other ? one with { Claimed = other } : one)];
    }

    public Task<ImmutableArray<KeyIssuance>> JudgeKeys(ImmutableArray<EventKey> keys)
    {
        QuestionBounds.Check(keys);
        return Task.FromResult(issuer.Judge(keys));
    }

    public Task<EventKey> GetLowWatermark() => issuer.GetLowWatermarkAsync().AsTask();

    public Task<ImmutableArray<EventPayload>> Read(EventKey key) => OpenStore().ReadAsync(key, CancellationToken.None);

    public Task<ImmutableArray<StoredInterval>> GetIntervals() => OpenStore().DescribeIntervalsAsync(CancellationToken.None);

    public Task<BucketPage> ReadBuckets(BucketRange range) => OpenStore().ReadBucketsAsync(QuestionBounds.Clamp(range), CancellationToken.None);

    public Task<BlockPage> ReadBlocks(BlockRange range) => OpenStore().ReadPageAsync(QuestionBounds.Clamp(range), CancellationToken.None);

    public Task<BucketChanges> GetChanges(ChangeCursor since) => OpenStore().GetChangesAsync(since, CancellationToken.None);

    public Task<ImmutableArray<CopysetDefinition>> ReadCopysets(UnixMinute fromMinute, UnixMinute toMinute) =>
        OpenStore().ReadCopysetsAsync(QuestionBounds.Clamp(fromMinute), QuestionBounds.Clamp(toMinute), CancellationToken.None);

    public Task<BlockList> ListBlocks(BlockListRange range) => OpenStore().ListBlocksAsync(QuestionBounds.Clamp(range), CancellationToken.None);

    public Task<FetchedBlocks> FetchBlocks(BlockFetch fetch) => OpenStore().FetchBlocksAsync(QuestionBounds.Clamp(fetch), CancellationToken.None);

    public Task<ScrubPage> Scrub(ScrubPosition position) => OpenStore().ScrubAsync(QuestionBounds.Clamp(position), ScrubStepBytes, CancellationToken.None);

    public Task<ClockReading> ReadClock() => Task.FromResult(clock.Read());

    public Task<SeenTopology> GetSeenTopology() =>
        Task.FromResult(new SeenTopology(hostedPeer.Directory.SeenOrdinals.ToString(), topologies.Current.Topology.Snapshot));

    public Task<ImmutableArray<NumberReport>> GetNumbers(Interval interval) => numbers.ReportAsync(interval);

    public Task<PeerReport> GetReport() => Task.FromResult(reporter.Report());

    public Task<PeerFigures> GetFigures(int intervals) => figures.ReadAsync(intervals);

    public Task Subscribe(IIntervalObserver observer)
    {
        observers.Subscribe(observer);
        return Task.CompletedTask;
    }

    public Task Unsubscribe(IIntervalObserver observer)
    {
        observers.Unsubscribe(observer);
        return Task.CompletedTask;
    }

    public Task UpdateTopology(TopologySnapshot topology)
    {
        news.OnHint(topology.Version);
        return Task.CompletedTask;
    }

    // An error, not an empty answer: "nothing held" would be believed.
    private IReplicaStore OpenStore() =>
        hostedPeer.Store ?? throw new ReplicaStoreException(
            $"Peer '{hostedPeer.Id}' has no open store: {hostedPeer.Refusal?.TrimEnd('.') ?? "it does not store"}.");

    private async Task<AppendReply> AppendCore(BlockBytes bytes)
    {
        if (hostedPeer.Refusal is { } refusal)
        {
            return new AppendReply(AppendStatus.ReadOnly, $"Peer '{hostedPeer.Id}' takes no replicas: {refusal}");
        }

        if (hostedPeer.Store is not { } store)
        {
            return new AppendReply(AppendStatus.ReadOnly, $"Peer '{hostedPeer.Id}' does not store.");
        }

        Block block;
        try
        {
            block = BlockCodec.Decode(bytes.Bytes);
        }
        catch (BlockFormatException e)
        {
            LogRefused(e, hostedPeer.Id);
            return new AppendReply(AppendStatus.Invalid, e.Message);
        }

        if (Refusal(block.Header) is { } refused)
        {
            return refused;
        }

        if (!block.Header.HasSuppliedKeys)
        {
            clock.OnFreshKey(block.Header.FirstKey.UnixMilliseconds);
        }

        return await AppendClaimedAsync(store, block);
    }

    private async Task<AppendReply> AppendClaimedAsync(IReplicaStore store, Block block)
    {
        if (!claims.TryEnter(block, out var conflict))
        {
            return new AppendReply(
                AppendStatus.Conflict, $"Key {conflict.Key} is claimed by a put of another event, with digest {conflict.Held}.", conflict);
        }

        try
        {
            return await store.AppendAsync(block);
        }
        finally
        {
            claims.Leave(block);
        }
    }

    private AppendReply? Refusal(BlockHeader header)
    {
        // By the clock (all silos' together) only keys too far ahead are refused: a clock that is behind must not refuse valid keys. An older
        // interval is open until this replica has durably promised it closed.
        var now = clock.UnixMilliseconds;
        var newest = Interval.Containing(now, hostedPeer.IntervalLength).Next;
        return header.FirstKey.UnixMilliseconds < newest.EndUnixMilliseconds
            ? null
            : new AppendReply(
                AppendStatus.IntervalNotOpen,
                $"Key {header.FirstKey} lies beyond interval {newest}, the newest that is open at peer '{hostedPeer.Id}', which takes the time to be "
                + $"{DateTimeOffset.FromUnixTimeMilliseconds(now):yyyyMMdd'T'HHmmss}. Check both clocks.");
    }
}
