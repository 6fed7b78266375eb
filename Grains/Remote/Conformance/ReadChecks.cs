using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using static AllData.Remote.Conformance.BrokenPromiseException;

namespace AllData.Remote.Conformance;

/// <summary>What a client keeps whose peers can be asked for keys.</summary>
internal sealed class ReadChecks(PeerClientSubject subject, SampleBlocks blocks)
{
    private IReplica Replica => subject.Client.Connect(subject.Peer, subject.Address);

    public IEnumerable<(string Promise, Func<Task> Check)> All() =>
    [
        ("What was stored is found under its keys, in the order of the question", LookUpAsync),
        ("Before a put, what is held under its keys is told", LookUpToPutAsync),
        ("What is read is what was put", ReadAsync),
        ("A damaged block is refused, and not kept", RefuseDamagedAsync),
        ("The issuer says one thing of each key", JudgeAsync),
        ("The clock and the low watermark are told", TellTimesAsync),
        ("What is known of the numbers of blocks is told, of the interval that was asked about", TellNumbersAsync),
        ("What was stored is there after a restart", RestartAsync),
    ];

    private async Task<Block> StoredAsync()
    {
        var block = blocks.Next();
        await Replica.AppendAsync(block.Bytes);
        return block;
    }

    private async Task LookUpAsync()
    {
        var (one, unused, other) = (SampleBlocks.EventsOf(await StoredAsync())[0], blocks.UnusedKey(), SampleBlocks.EventsOf(await StoredAsync())[2]);
        var held = await Replica.LookUpAsync([one.Key, unused, other.Key]);
        ThrowUnless(held.Select(static h => h.Key).SequenceEqual([one.Key, unused, other.Key]), "the answer is about other keys, or in another order.");
        ThrowUnless(Holds(held[0], one) && held[1].Digests.IsEmpty && Holds(held[2], other), "the digests are not those of what was stored.");
    }

    private async Task LookUpToPutAsync()
    {
        var (key, payload) = SampleBlocks.EventsOf(await StoredAsync())[0];
        var held = await Replica.LookUpToPutAsync(new KeyInquiry([new KeyDigest(key, EventDigest.Of(key, payload.Bytes))], [blocks.UnusedKey()]));
        ThrowUnless(held.Length == 2 && Holds(held[0], (key, payload)) && held[1].Digests.IsEmpty, "the digests are not those of what was stored.");
    }

    private async Task ReadAsync()
    {
        var (key, payload) = SampleBlocks.EventsOf(await StoredAsync())[1];
        var read = await Replica.ReadAsync(key);
        ThrowUnless(read.Length == 1 && read[0] == payload, $"{read.Length} payloads came back, or another one.");
        ThrowUnless((await Replica.ReadAsync(blocks.UnusedKey())).IsEmpty, "something is read under a key that nothing was put under.");
    }

    private async Task RefuseDamagedAsync()
    {
        var block = blocks.Next();
        var bytes = block.Bytes.Bytes.ToArray();
        bytes[^1] ^= 1;
        var reply = await Replica.AppendAsync(new BlockBytes(bytes));
        ThrowUnless(reply.Status == AppendStatus.Invalid, $"the reply is {reply.Status} instead of {AppendStatus.Invalid}.");
        ThrowUnless((await Replica.LookUpAsync([block.Header.FirstKey]))[0].Digests.IsEmpty, "it is kept.");
    }

    private async Task JudgeAsync()
    {
        var judged = await Replica.JudgeKeysAsync([blocks.UnusedKey(), blocks.UnusedKey()]);
        ThrowUnless(judged.Length == 2 && judged.All(static one => Enum.IsDefined(one)), $"{judged.Length} words about two keys.");
    }

    private async Task TellTimesAsync()
    {
        ThrowUnless((await Replica.ReadClockAsync()).UnixMilliseconds > 0, "the clock shows no time.");
        ThrowUnless(await Replica.GetLowWatermarkAsync() > default(EventKey), "the low watermark is no key.");
    }

    private async Task TellNumbersAsync()
    {
        var interval = Interval.Containing(blocks.UnusedKey().UnixMinute, TimeSpan.FromDays(1));
        var reports = await Replica.GetNumbersAsync(interval, CancellationToken.None);
        ThrowUnless(!reports.IsEmpty, "no incarnation is told of, and one is running.");
        ThrowUnless(reports.All(r => r.Interval == interval), "the numbers of another interval are told.");
        ThrowUnless(reports.DistinctBy(static r => (r.Ordinal, r.Incarnation)).Count() == reports.Length, "an incarnation is told of twice.");
        ThrowUnless(
            reports.All(static r => r.Ordinal > 0 && r.Settled >= 0 && (r.Issued >= r.Settled || r is { Issued: -1, Ended: false })),
            "more numbers are settled than were issued.");
    }

    private async Task RestartAsync()
    {
        if (subject.RestartAsync is { } restart)
        {
            var stored = SampleBlocks.EventsOf(await StoredAsync())[0];
            await restart();
            ThrowUnless(Holds((await Replica.LookUpAsync([stored.Key]))[0], stored), "it is lost.");
        }
    }

    private static bool Holds(HeldKey held, (EventKey Key, EventPayload Payload) one) => held.Digests.Contains(EventDigest.Of(one.Key, one.Payload.Bytes));
}
