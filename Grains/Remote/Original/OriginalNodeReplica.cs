using System.Net;
using System.Text;
using System.Text.Json;
using AllData.Configuration;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Remote.Original;

/// <summary>An original node as a replica: each event of a block is a <c>POST</c> of <c>{"key":…,"event":…}</c>, and 201 its acknowledgement.</summary>
internal sealed class OriginalNodeReplica(OriginalNodeCaller caller, DeadlineOptions deadlines, TimeProvider time) : PutOnlyReplica
{
    /// <summary>Events in flight to a node at once, over as many connections.</summary>
    public const int MaxAtOnce = 16;

    private static readonly TimeSpan CallDeadline = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public override async Task<AppendReply> AppendAsync(BlockBytes block)
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
    public override Task PingAsync() => caller.SendAsync(HttpMethod.Get, null, HttpStatusCode.MethodNotAllowed, deadlines.Replica);

    /// <inheritdoc/>
    protected override string Refusal => $"'{caller.Peer}' is an original node: it takes events and is asked nothing.";

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
