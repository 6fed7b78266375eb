using System.Collections.Immutable;
using AllData.Events;
using AllData.Peers;
using AllData.Replication;
using static AllData.Remote.Http.Messages.MessageParts;

namespace AllData.Remote.Http.Messages;

/// <summary>The calls that a put, a reader of one key and the clocks make.</summary>
internal static class PutCalls
{
    // A replica that asks for a pause of more than a day is broken.
    private static readonly long LongestRetry = TimeSpan.FromDays(1).Ticks;

    /// <summary>Makes a block durable; its bytes are the tail.</summary>
    public static PeerCall<BlockBytes, AppendReply> Append { get; } = new(
        "append", static block => new PeerMessage(default, block.Bytes), ReadBlock, static reply => Message(reply, WriteReply), static m => Read(m, ReadReply));

    /// <summary>Answers when the peer takes replicas.</summary>
    public static PeerCall<Nothing, Nothing> Ping { get; } = new("ping", WriteNothing, ReadNothing, WriteNothing, ReadNothing);

    /// <summary>What is held under keys.</summary>
    public static PeerCall<ImmutableArray<EventKey>, ImmutableArray<HeldKey>> LookUp { get; } =
        new("look-up", WriteKeys, ReadKeys, WriteHeld, ReadHeld);

    /// <summary>What is held under keys that are about to be put.</summary>
    public static PeerCall<KeyInquiry, ImmutableArray<HeldKey>> LookUpToPut { get; } = new(
        "look-up-to-put", static inquiry => Message(inquiry, WriteInquiry), static m => Read(m, ReadInquiry), WriteHeld, ReadHeld);

    /// <summary>What the issuer says of keys.</summary>
    public static PeerCall<ImmutableArray<EventKey>, ImmutableArray<KeyIssuance>> JudgeKeys { get; } = new(
        "judge-keys", WriteKeys, ReadKeys,
        static judged => Message(judged, static (w, list) => w.List(list, static (w, one) => w.Byte((byte)one))),
        static m => Read(m, static (ref PeerMessageReader r) => r.List(1, static (ref PeerMessageReader r) => (KeyIssuance)r.OneOf((byte)KeyIssuance.Passed))));

    /// <summary>The payloads under a key.</summary>
    public static PeerCall<EventKey, ImmutableArray<EventPayload>> ReadKey { get; } = new(
        "read", static key => Message(key, static (w, key) => w.Key(key)), static m => Read(m, static (ref PeerMessageReader r) => r.Key()),
        static payloads => Message(payloads, static (w, list) => w.List(list, static (w, one) => w.Bytes(one.Bytes))),
        static m => Read(m, static (ref PeerMessageReader r) => r.List(1, static (ref PeerMessageReader r) => EventPayload.FromBytes(r.Bytes().ToArray()))));

    /// <summary>The smallest key under which a put may still write.</summary>
    public static PeerCall<Nothing, EventKey> GetLowWatermark { get; } = new(
        "get-low-watermark", WriteNothing, ReadNothing,
        static key => Message(key, static (w, key) => w.Key(key)), static m => Read(m, static (ref PeerMessageReader r) => r.Key()));

    /// <summary>What the clock of the peer's silo shows.</summary>
    public static PeerCall<Nothing, ClockReading> ReadClock { get; } = new(
        "read-clock", WriteNothing, ReadNothing,
        static reading => Message(reading, static (w, clock) =>
        {
            w.Number(clock.UnixMilliseconds);
            w.Number(clock.SteadyMilliseconds);
        }),
        static m => Read(m, static (ref PeerMessageReader r) => new ClockReading(r.Number(), r.Number())));

    /// <summary>There is a topology of this version.</summary>
    public static PeerCall<long, Nothing> TellTopology { get; } = new(
        "tell-topology", static version => Message(version, static (w, number) => w.Number(number)),
        static m => Read(m, static (ref PeerMessageReader r) => r.Number()), WriteNothing, ReadNothing);

    private static BlockBytes ReadBlock(PeerMessage question)
    {
        if (question.Head.Length > 0)
        {
            throw new PeerProtocolException($"A block with a head of {question.Head.Length} bytes: a block is all tail.");
        }

        return new BlockBytes(question.Tail);
    }

    private static void WriteReply(PeerMessageWriter w, AppendReply reply)
    {
        w.Byte((byte)reply.Status);
        w.Flag(reply.Reason is not null);
        if (reply.Reason is { } reason)
        {
            w.Text(reason);
        }

        w.Flag(reply.Conflict is not null);
        if (reply.Conflict is { } conflict)
        {
            w.Key(conflict.Key);
            w.Digest(conflict.Held);
            w.Digest(conflict.Offered);
        }

        w.Flag(reply.RetryAfter is not null);
        if (reply.RetryAfter is { } retry)
        {
            w.Number(Math.Clamp(retry.Ticks, 0, LongestRetry));
        }
    }

    private static AppendReply ReadReply(ref PeerMessageReader r) => new(
        (AppendStatus)r.OneOf((byte)AppendStatus.Failed),
        r.Flag() ? r.Text() : null,
        r.Flag() ? new KeyConflict(r.Key(), r.Digest(), r.Digest()) : null,
        r.Flag() ? ReadRetry(r.Number()) : null);

    private static TimeSpan ReadRetry(long ticks) => ticks >= 0 && ticks <= LongestRetry
        ? new TimeSpan(ticks)
        : throw new PeerProtocolException($"{ticks} is no time after which to try again: 0 to {LongestRetry} are, in 100 ns.");

    private static PeerMessage WriteKeys(ImmutableArray<EventKey> keys) => Message(keys, static (w, list) => w.List(list, static (w, key) => w.Key(key)));

    private static ImmutableArray<EventKey> ReadKeys(PeerMessage m) => Read(
        m, static (ref PeerMessageReader r) => r.List(EventKey.BinaryLength, static (ref PeerMessageReader r) => r.Key()));

    private static void WriteInquiry(PeerMessageWriter w, KeyInquiry inquiry)
    {
        w.List(inquiry.Claiming, static (w, one) =>
        {
            w.Key(one.Key);
            w.Digest(one.Digest);
        });
        w.List(inquiry.Looking, static (w, key) => w.Key(key));
    }

    private static KeyInquiry ReadInquiry(ref PeerMessageReader r) => new(
        r.List(EventKey.BinaryLength + EventDigest.BinaryLength, static (ref PeerMessageReader r) => new KeyDigest(r.Key(), r.Digest())),
        r.List(EventKey.BinaryLength, static (ref PeerMessageReader r) => r.Key()));

    private static PeerMessage WriteHeld(ImmutableArray<HeldKey> held) => Message(held, static (w, list) => w.List(list, static (w, one) =>
    {
        w.Key(one.Key);
        w.List(one.Digests, static (w, digest) => w.Digest(digest));
        w.Flag(one.Claimed is not null);
        if (one.Claimed is { } claimed)
        {
            w.Digest(claimed);
        }

        w.List(one.Copysets, WriteCopyset);
    }));

    private static ImmutableArray<HeldKey> ReadHeld(PeerMessage m) => Read(
        m, static (ref PeerMessageReader r) => r.List(LeastHeld, static (ref PeerMessageReader r) => new HeldKey(
            r.Key(), r.List(EventDigest.BinaryLength, static (ref PeerMessageReader r) => r.Digest()))
        {
            Claimed = r.Flag() ? r.Digest() : null,
            Copysets = r.List(LeastCopyset, ReadCopyset),
        }));

    private const int LeastHeld = EventKey.BinaryLength + 3;
}
