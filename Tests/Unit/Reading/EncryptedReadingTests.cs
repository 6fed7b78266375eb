using System.Text;
using AllData.Reading;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Reading;

/// <summary>What readers are given of encrypted events.</summary>
public sealed class EncryptedReadingTests
{
    private readonly FakePeer _a = new("a");
    private readonly TestKeys _keys = new(TestKeys.Key(2), TestKeys.Key(1));

    [Fact]
    public async Task A_scan_gives_what_was_put_and_marks_what_cannot_be_read_and_is_complete()
    {
        _a.Hold(
            TestBlocks.Encrypted(TestKeys.Key(1), 0, "former"), TestBlocks.Encrypted(TestKeys.Key(3), 1, "destroyed"),
            TestBlocks.Encrypted(TestKeys.Key(2), 2, "newest"), TestBlocks.One(3, "plain"),
            TestBlocks.Encrypted(TestKeys.Key(2), 4, "changed", static stored => stored[^20] ^= 1));
        await using var bench = await ScanBench.StartAsync(_a);
        bench.PayloadKeys = _keys;

        var run = await bench.ScanAsync();

        Assert.Equal(["former", "", "newest", "plain", ""], run.Events.Select(static e => e.Payload));
        Assert.Equal(
            [new(TestBlocks.Key(1), PayloadFault.KeyMissing, TestKeys.Key(3).Id), new(TestBlocks.Key(4), PayloadFault.NotAuthentic, TestKeys.Key(2).Id)],
            run.Unreadable);
        Assert.Empty(run.Doubts);
        Assert.Empty(run.Conflicts);
    }

    [Fact]
    public async Task An_event_that_is_held_in_several_forms_is_given_once_and_another_event_beside_it()
    {
        _a.Hold(
            TestBlocks.One(0, "same"), TestBlocks.Encrypted(TestKeys.Key(1), 0, "same"), TestBlocks.Encrypted(TestKeys.Key(2), 0, "same"),
            TestBlocks.Encrypted(TestKeys.Key(1), 1, "one"), TestBlocks.Encrypted(TestKeys.Key(2), 1, "other"));
        await using var bench = await ScanBench.StartAsync(_a);
        bench.PayloadKeys = _keys;

        var run = await bench.ScanAsync();
        var read = await bench.CreateReader().Get(TestBlocks.Key(0));

        Assert.Equal(["one", "other", "same"], run.Events.Select(static e => e.Payload).Order());
        Assert.Equal([TestBlocks.Key(1)], run.Conflicts);
        Assert.Equal("same", Encoding.UTF8.GetString(Assert.Single(read.Events).Payload.Bytes));
    }

    // Otherwise a scan that the limit has ended would look like one that reached the end, and say that it is safe to go on from there.
    [Fact]
    public async Task A_limit_counts_events_and_not_their_forms()
    {
        _a.Hold(
            TestBlocks.Encrypted(TestKeys.Key(1), 0, "same"), TestBlocks.Encrypted(TestKeys.Key(2), 0, "same"), TestBlocks.One(1, "next"),
            TestBlocks.One(2, "last"));
        await using var bench = await ScanBench.StartAsync(_a);
        bench.PayloadKeys = _keys;

        Assert.Equal(["same", "next"], (await bench.ScanAsync(new ScanRange { Limit = 2 })).Events.Select(static e => e.Payload));
    }

    [Fact]
    public async Task A_get_without_the_key_gives_the_digest_and_the_holders_and_says_which_key_is_missing()
    {
        _a.Hold(TestBlocks.Encrypted(TestKeys.Key(3), 0, "destroyed"));
        await using var bench = await ScanBench.StartAsync(_a);
        bench.PayloadKeys = _keys;

        var stored = Assert.Single((await bench.CreateReader().Get(TestBlocks.Key(0))).Events);

        Assert.Equal(new UnreadablePayload(TestBlocks.Key(0), PayloadFault.KeyMissing, TestKeys.Key(3).Id), stored.Unreadable);
        Assert.Equal((0, "a"), (stored.Payload.Length, Assert.Single(stored.Holders).Value));
        Assert.NotEqual(default, stored.Digest);
    }
}
