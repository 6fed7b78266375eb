using System.Buffers.Binary;
using System.Text.Json;
using AllData.Client.Commands;
using AllData.Copies;
using AllData.Events;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Tests.Unit.Client;

/// <summary>Where copies lie: of an event, and of the blocks of a range.</summary>
public sealed class CopiesTests
{
    private static readonly EventKey Key = EventKey.Create(1_767_614_400_000, 1, 50_001);
    private static readonly UnixMinute Minute = UnixMinute.Of(Key);
    private static readonly CopysetDefinition Copyset = new(new CopysetId(7), [1, 2, 3], 3);

    private readonly ClientRun _run = new();

    public CopiesTests()
    {
        string[] names = ["north-a", "north-b", "west-c", "west-d"];
        _run.Store.Topology = _run.Store.Topology with
        {
            Peers = [.. names.Select(static (name, n) => new PeerDescriptor(
                PeerId.Parse(name), new PeerLocation(name.Split('-')[0], name[^1..]), PeerStatus.Active, true, n + 1, Guid.NewGuid(), ""))],
            Ordinals = [.. names.Select(static (name, n) => new DirectoryOrdinal(n + 1, PeerId.Parse(name), Guid.NewGuid()))],
        };
    }

    private string[] Lines => [.. _run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    [Fact]
    public async Task An_event_that_all_of_its_peers_hold_is_well()
    {
        Hold("north-a", "north-b", "west-c");

        Assert.Equal(ExitCodes.Done, await _run.RunAsync("explain", Key.ToString()));

        Assert.Matches("^north-a +north/a +yes +meant to hold it, and does$", Lines[^4]);
        Assert.Equal("3 of 3 copies. Nothing is owed by a peer that answers.", Lines[^1]);
        Assert.DoesNotContain("west-d", _run.Output);
    }

    [Fact]
    public async Task A_copy_that_another_peer_keeps_is_told_from_the_one_that_is_owed()
    {
        Hold("north-a", "north-b", "west-d");

        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("explain", Key.ToString()));

        Assert.Matches("^west-c +west/c +MISSING +owes it: repair fetches it$", Lines[^3]);
        Assert.Matches("^west-d +west/d +extra +keeps it for another peer$", Lines[^2]);
        Assert.Equal("3 of 3 copies. Owed by west-c.", Lines[^1]);
    }

    [Fact]
    public async Task A_peer_that_does_not_answer_is_no_peer_that_owes()
    {
        Hold("north-a", "north-b");
        var answer = _run.Store.OnAsked;
        _run.Store.OnAsked = (peer, key) => peer.Value == "west-c" ? new AskedPeer(peer, [], "No silo hosts it.") : answer(peer, key);

        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("explain", Key.ToString()));

        Assert.Matches(@"^west-c +west/c +\? +meant to hold it; does not answer$", Lines[^2]);
        Assert.Contains("2 of 3 copies", Lines[^1]);
        Assert.Contains("No answer from west-c", _run.Error);
    }

    [Fact]
    public async Task A_peer_whose_place_others_have_taken_owes_nothing()
    {
        Hold("north-a", "north-b", "west-d");
        _run.Store.Topology = _run.Store.Topology with
        {
            Replacements = [new PeerReplacement(2, PeerId.Parse("west-c"), 3, ReplacementReason.Drained, [])],
        };

        Assert.Equal(ExitCodes.Done, await _run.RunAsync("explain", Key.ToString()));

        Assert.Matches("^west-c +west/c +replaced", Lines[^3]);
        Assert.Equal("3 of 3 copies. Nothing is owed by a peer that answers.", Lines[^1]);
    }

    [Fact]
    public async Task A_member_that_is_not_known_is_named_and_not_called_missing()
    {
        Hold(Copyset with { Ordinals = [1, 2, 601] }, "north-a", "north-b");

        Assert.Equal(ExitCodes.Done, await _run.RunAsync("explain", Key.ToString()));

        Assert.Contains("Peers that are not known here (ordinals 601)", Lines[^1]);
    }

    [Fact]
    public async Task Copies_are_written_as_json_and_a_key_without_an_event_is_a_failure()
    {
        Hold("north-a", "west-d");
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("explain", Key.ToString(), "--json"));
        var one = Assert.Single(JsonElement.Parse(_run.Output).GetProperty("events").EnumerateArray());
        Assert.Equal((2, 3), (one.GetProperty("copies").GetInt32(), one.GetProperty("copiesAsked").GetInt32()));
        Assert.Equal(
            ["north-a held", "north-b missing", "west-c missing", "west-d extra"],
            one.GetProperty("peers").EnumerateObject().Select(static p => $"{p.Name} {p.Value}"));

        Hold();
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("explain", Key.ToString()));
        Assert.Contains("No event under", _run.Error);
    }

    [Fact]
    public async Task The_blocks_of_a_range_have_a_column_for_each_peer()
    {
        HoldBlocks(("1.0.1", ["north-a", "north-b", "west-c"]), ("1.0.2", ["north-a", "west-d"]));

        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("where", "--from", Key.ToString()));

        Assert.Matches(@"^minute +block +events +copies +north-a +north-b +west-c +west-d$", Lines[0]);
        Assert.Matches(@"^2026-01-05 12:00 +1\.0\.1 +5 +3 of 3 +yes +yes +yes$", Lines[^3]);
        Assert.Matches(@"^2026-01-05 12:00 +1\.0\.2 +5 +2 of 3 +yes +MISSING +MISSING +extra$", Lines[^2]);
        Assert.StartsWith("2 blocks; a copy of 1 is missing, or may be.", Lines[^1]);
    }

    [Fact]
    public async Task Only_blocks_that_lack_a_copy_are_shown_on_request()
    {
        HoldBlocks(("1.0.1", ["north-a", "north-b", "west-c"]), ("1.0.2", ["north-a", "west-d"]));

        await _run.RunAsync("where", "--missing", "--json");

        Assert.Equal("1.0.2", Assert.Single(JsonElement.Parse(_run.Output).GetProperty("blocks").EnumerateArray()).GetProperty("block").GetString());
    }

    [Fact]
    public async Task A_range_that_all_hold_is_well_and_one_with_nothing_says_so()
    {
        HoldBlocks(("1.0.1", ["north-a", "north-b", "west-c"]));
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("where"));
        Assert.Equal("1 block: every peer that is meant to hold one does.", Lines[^1]);

        HoldBlocks();
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("where"));
        Assert.Equal("No peer that answered holds a block of this range.", Lines[^1]);
    }

    [Fact]
    public async Task It_ends_after_the_minute_in_which_there_are_enough_and_says_where_to_go_on()
    {
        HoldBlocks(("1.0.1", ["north-a", "north-b", "west-c"]));
        _run.Store.OnBuckets = static (_, range) => new BucketPage(
            [new BucketSum(Copyset.Id, Minute, 1, 5, default), new BucketSum(Copyset.Id, Minute.Next(), 1, 5, default)], range.ToMinute, []);

        await _run.RunAsync("where", "--limit", "1");

        Assert.Contains("There is more: go on with --from 20260105T1201", _run.Error);
    }

    private void Hold(params string[] holders) => Hold(Copyset, holders);

    private void Hold(CopysetDefinition copyset, params string[] holders) => _run.Store.OnAsked = (peer, _) => new AskedPeer(
        peer, [holders.Contains(peer.Value) ? new HeldKey(Key, [EventDigest.Of(Key, "{}"u8)]) { Copysets = [copyset] } : new HeldKey(Key, [])]);

    private void HoldBlocks(params (string Id, string[] Holders)[] blocks)
    {
        _run.Store.OnBuckets = (peer, range) => new BucketPage(
            blocks.Any(b => b.Holders.Contains(peer.Value)) ? [new BucketSum(Copyset.Id, Minute, 1, 5, default)] : [], range.ToMinute, []);
        _run.Store.OnCopysets = static _ => [Copyset];
        _run.Store.OnBlocks = (peer, range) => new BlockList(
            range.UnixMinute != Minute ? [] : [.. blocks.Where(b => b.Holders.Contains(peer.Value)).SelectMany(static b => Entry(b.Id))], null);
    }

    // The bytes of docs: block id, copyset, digest, events, bytes.
    private static byte[] Entry(string id)
    {
        var entry = new byte[48];
        var parts = id.Split('.');
        BinaryPrimitives.WriteInt32BigEndian(entry, int.Parse(parts[0]));
        BinaryPrimitives.WriteInt32BigEndian(entry.AsSpan(4), int.Parse(parts[1]));
        BinaryPrimitives.WriteInt64BigEndian(entry.AsSpan(8), long.Parse(parts[2]));
        BinaryPrimitives.WriteInt64BigEndian(entry.AsSpan(16), Copyset.Id.Value);
        BinaryPrimitives.WriteInt32BigEndian(entry.AsSpan(40), 5);
        return entry;
    }
}
