using System.Collections.Immutable;
using System.Net;
using System.Text;
using System.Text.Json;
using AllData.Configuration;
using AllData.Events;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Remote.Original;

/// <summary>An original node as a replica: each event of a block is a <c>POST</c> of <c>{"key":…,"event":…}</c>, and 201 its acknowledgement.</summary>
internal sealed class OriginalNodeReplica(OriginalNodeCaller caller, DeadlineOptions deadlines, TimeProvider time) : IReplica
{
    /// <summary>Events in flight to a node at once, over as many connections.</summary>
    public const int MaxAtOnce = 16;

    private static readonly TimeSpan CallDeadline = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public async Task<AppendReply> AppendAsync(BlockBytes block)
    {
        var bodies = BodiesOf(BlockCodec.Decode(block.Bytes), out var notJson);
        if (notJson is { } key)
        {
            // Another peer can keep it.
            return new AppendReply(AppendStatus.ReadOnly, $"Event {key} is not JSON: original node '{caller.Peer}' takes nothing else.");
        }

        await SendAsync(bodies);
        return AppendReply.Stored;
    }

    /// <inheritdoc/>
    // It has nothing to ask. That it refuses a GET, as it does, shows that it answers.
    public Task PingAsync() => caller.SendAsync(HttpMethod.Get, null, HttpStatusCode.MethodNotAllowed, deadlines.Replica);

    /// <inheritdoc/>
    public void TellTopology(TopologySnapshot topology)
    {
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<HeldKey>> LookUpAsync(ImmutableArray<EventKey> keys) => throw PutOnly();

    /// <inheritdoc/>
    public Task<ImmutableArray<HeldKey>> LookUpToPutAsync(KeyInquiry inquiry) => throw PutOnly();

    /// <inheritdoc/>
    public Task<ImmutableArray<KeyIssuance>> JudgeKeysAsync(ImmutableArray<EventKey> keys) => throw PutOnly();

    /// <inheritdoc/>
    public Task<ImmutableArray<EventPayload>> ReadAsync(EventKey key) => throw PutOnly();

    /// <inheritdoc/>
    public Task<EventKey> GetLowWatermarkAsync() => throw PutOnly();

    /// <inheritdoc/>
    public Task<ClockReading> ReadClockAsync() => throw PutOnly();

    /// <inheritdoc/>
    public Task<BucketChanges> GetChangesAsync(ChangeCursor since, CancellationToken cancellationToken) => throw PutOnly();

    /// <inheritdoc/>
    public Task<BucketPage> ReadBucketsAsync(BucketRange range, CancellationToken cancellationToken) => throw PutOnly();

    /// <inheritdoc/>
    public Task<ImmutableArray<CopysetDefinition>> ReadCopysetsAsync(UnixMinute fromMinute, UnixMinute toMinute, CancellationToken cancellationToken) =>
        throw PutOnly();

    /// <inheritdoc/>
    public Task<BlockList> ListBlocksAsync(BlockListRange range, CancellationToken cancellationToken) => throw PutOnly();

    /// <inheritdoc/>
    public Task<FetchedBlocks> FetchBlocksAsync(BlockFetch fetch, CancellationToken cancellationToken) => throw PutOnly();

    /// <inheritdoc/>
    public Task<BlockPage> ReadPageAsync(BlockRange range, CancellationToken cancellationToken) => throw PutOnly();

    private async Task SendAsync(List<byte[]> bodies)
    {
        using var timer = new CancellationTokenSource(CallDeadline, time);
        var bounds = new ParallelOptions { MaxDegreeOfParallelism = MaxAtOnce, CancellationToken = timer.Token };
        try
        {
            await Parallel.ForEachAsync(bodies, bounds, async (body, stop) =>
                await caller.SendAsync(HttpMethod.Post, body, HttpStatusCode.Created, CallDeadline, stop));
        }
        catch (OperationCanceledException e) when (timer.IsCancellationRequested)
        {
            throw new TimeoutException($"Original node '{caller.Peer}' has not taken {bodies.Count} events within {CallDeadline}.", e);
        }
    }

    private NotSupportedException PutOnly() => new($"'{caller.Peer}' is an original node: it takes events and is asked nothing.");

    private static List<byte[]> BodiesOf(Block block, out EventKey? notJson)
    {
        var bodies = new List<byte[]>(block.Header.EventCount);
        notJson = null;
        var reader = block.GetReader();
        while (reader.MoveNext())
        {
            if (!IsJson(reader.Current.Payload))
            {
                notJson = reader.Current.Key;
            }

            bodies.Add([.. Encoding.ASCII.GetBytes($$"""{"key":"{{reader.Current.Key}}","event":"""), .. reader.Current.Payload, (byte)'}']);
        }

        return bodies;
    }

    private static bool IsJson(ReadOnlySpan<byte> payload)
    {
        try
        {
            var reader = new Utf8JsonReader(payload);
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
