using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using AllData.Certificates;
using AllData.Consumers;
using AllData.Errors;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Replicas;
using AllData.Replication;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Serialization.Codecs;

namespace AllData.Tests.Unit.Contracts;

/// <summary>A value that arrives follows the rules of its type, whatever was sent; and its bytes are those of the first format.</summary>
public sealed class WireRulesTests : IDisposable
{
    private static readonly EventKey Key = EventKey.Parse("20261122T101112345000150007");

    // Why a value type without a converter needs none.
    private static readonly Dictionary<Type, string> NoRules = new()
    {
        [typeof(EventDigest)] = "any 128 bits are a digest",
        [typeof(UnixMinute)] = "any number is a minute; a question is clamped where it is answered",
        [typeof(CopysetId)] = "any 64 bits are an id; one that no copyset has is met by no block",
        [typeof(EventPayload)] = "any bytes are a payload; their number is bounded where they are put",
        [typeof(BlockBytes)] = "the block codec checks them where they are used",
        [typeof(KeyDigest)] = "its parts have their rules",
        [typeof(BlockPosition)] = "its keys have their rules, and an invalid number is met by no walk",
        [typeof(BucketSum)] = "it is compared and never indexed with",
        [typeof(LateBlock)] = "its keys have their rules, and a peer that lists one that is not possible is in doubt",
        [typeof(ChangeCursor)] = "one that is not known is answered as incomplete",
        [typeof(ClockReading)] = "any time is a clock's time; one far off is outvoted",
        [typeof(TreeHash)] = "any 32 bytes are a hash",
        [typeof(ReplacementCandidate)] = "its location has its rules, and an ordinal that belongs to nobody is passed over",
    };

    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    private Serializer Serializer => _services.GetRequiredService<Serializer>();

    public static TheoryData<object, string> Golden() => new()
    {
        { Key, "300134BF846321416C6C446174612E4576656E744B657900A0AC835E01D101749F24E0" },
        { default(EventKey), "300134BF846321416C6C446174612E4576656E744B657900010101E0" },
        { PeerId.Parse("north-a"), "3001FBA961741D416C6C446174612E506565724964400F6E6F7274682D61E0" },
        { default(PeerId), "3001FBA961741D416C6C446174612E506565724964C001E0" },
        { new PeerLocation("north", "a"), "3001DD34466529416C6C446174612E506565724C6F636174696F6EE8400B6E6F727468410361E0" },
        { default(PeerLocation), "3001DD34466529416C6C446174612E506565724C6F636174696F6EE8C001C101E0" },
        { Interval.Containing(Key.UnixMilliseconds, TimeSpan.FromHours(1)), "3001D33C318F21416C6C446174612E496E74657276616C002080625901D16180EE3600E0" },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void The_bytes_of_a_value_stay_as_they_were(object value, string hex)
    {
        Assert.Equal(hex, Convert.ToHexString(Serializer.SerializeToArray<object>(value)));
        Assert.Equal(value, Serializer.Deserialize<object>(Convert.FromHexString(hex)));
    }

    [Fact]
    public void The_bytes_of_a_receipt_stay_as_they_were()
    {
        const string hex = "20E82000A0AC835E01D101749F24E00903052120000321E820400F6E6F7274682D61E021E8400B6E6F727468410361E0E0E0E009030D0903052120E0E0E0";
        var receipt = new PutReceipt(Key, PutOutcome.AlreadyStored, [new Replica(PeerId.Parse("north-a"), new PeerLocation("north", "a"))], CommitLevel.All,
            Adherence.Relaxed);

        // At their end it is said, in two bytes each, that there is nothing to say of regions, and no topic.
        var bytes = Serializer.SerializeToArray(receipt);
        Assert.Equal($"{hex[..^2]}C101C101E0", Convert.ToHexString(bytes));
        var before = Convert.FromHexString($"{hex[..^2]}C101E0");
        foreach (var read in new[] { bytes, before, Convert.FromHexString(hex) }.Select(b => Serializer.Deserialize<PutReceipt>(b)!))
        {
            Assert.Equal((receipt.Key, receipt.Replicas[0]), (read.Key, read.Replicas[0]));
            Assert.Equal((null, true, null), (read.Regions, read.Owed.IsEmpty, read.Topic));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-7)]
    [InlineData(29_000_000)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void A_minute_and_the_id_of_a_copyset_travel_as_the_numbers_that_they_were(long number)
    {
        var (minute, copyset, digest) = (new UnixMinute(number), new CopysetId(number), new EventDigest(7));
        CheckSame(new BucketSum(copyset, minute, 2, 3, digest), new NumberedBucketSum(number, number, 2, 3, digest));
        CheckSame(new BucketRange(minute, minute, 5), new NumberedBucketRange(number, number, 5));
        CheckSame(new CopysetDefinition(copyset, [1, 2], 3), new NumberedCopyset(number, [1, 2], 3));

        var cursor = new ChangeCursor(Guid.Empty, 9);
        var changes = CheckSame(new BucketChanges(cursor, true, [minute, default, minute]), new NumberedChanges(cursor, true, [number, 0, number]));
        Assert.Equal([minute, default, minute], changes.Minutes.AsEnumerable());
        var list = CheckSame(new BlockListRange(minute, [copyset, copyset], null, 4), new NumberedListRange(number, [number, number], null, 4));
        Assert.Equal((minute, copyset, 2), (list.UnixMinute, list.Copysets[1], list.Copysets.Length));
    }

    [Fact]
    public void A_list_of_blocks_as_an_earlier_silo_asks_and_answers_is_of_one_minute()
    {
        var asked = Serializer.Deserialize<BlockListRange>(Serializer.SerializeToArray(new FormerListRange(5, [7], null, 4)))!;
        Assert.Equal((1, 4), (QuestionBounds.Clamp(asked).Minutes, asked.MaxBlocks));
        Assert.Equal(5, Serializer.Deserialize<FormerListRange>(Serializer.SerializeToArray(new BlockListRange(new(5), [], null, 4, 60)))!.UnixMinute);
        Assert.True(Serializer.Deserialize<BlockList>(Serializer.SerializeToArray(new FormerList([1], null)))!.Minutes < 1);
    }

    [Fact]
    public void The_bytes_of_a_bucket_stay_as_they_were()
    {
        const string hex = "20E8001B614081BA010109010D2100030105E0E0";
        var bucket = new BucketSum(new(-7), new(29_000_000), 2, 3, new EventDigest(new UInt128(1, 2)));
        var numbered = new NumberedBucketSum(-7, 29_000_000, 2, 3, bucket.DigestSum);
        Assert.Equal(hex, Convert.ToHexString(Serializer.SerializeToArray(bucket)));
        Assert.Equal(hex, Convert.ToHexString(Serializer.SerializeToArray(numbered)));
        Assert.Equal(bucket, Serializer.Deserialize<BucketSum>(Convert.FromHexString(hex)));
    }

    [Theory]
    [InlineData("Evil\u001b]0;owned\u0007 peer")]
    [InlineData("North-a")]
    [InlineData("-a")]
    [InlineData("a\n")]
    public void A_name_that_the_parser_refuses_does_not_arrive(string name) => CheckRefused<PeerId>(Text(name, field: 0));

    [Theory]
    [InlineData("a b")]
    [InlineData(".a")]
    [InlineData("a\n")]
    [InlineData("01234567890123456789012345678901234567890123456789012345678901234")]
    public void A_topic_that_the_parser_refuses_does_not_arrive(string topic) => CheckRefused<Topic>(Text(topic, field: 0));

    [Theory]
    [InlineData("Evil\u001b]0;owned\u0007")]
    [InlineData(".a")]
    [InlineData("a b")]
    public void A_consumers_name_that_the_parser_refuses_does_not_arrive(string name) => CheckRefused<ConsumerName>(Text(name, field: 0));

    [Theory]
    [InlineData("north\u001b[31m", "a")]
    [InlineData("north", "a\nb")]
    [InlineData("north", "\u202Ea")]
    [InlineData("north", "\u009Ba")]
    [InlineData("", "a")]
    [InlineData(" north", "a")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123", "a")]
    public void A_location_that_no_registry_takes_does_not_arrive(string region, string zone) =>
        CheckRefused<PeerLocation>([0xE8, .. Text(region, field: 0), .. Text(zone, field: 1)]);

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(253_402_300_800_000, 0)]
    [InlineData(0, -1)]
    [InlineData(0, 1_000_000_000)]
    public void A_key_that_is_none_does_not_arrive(long milliseconds, int tail)
    {
        var forged = (EventKey)Activator.CreateInstance(typeof(EventKey), BindingFlags.NonPublic | BindingFlags.Instance, null, [milliseconds, tail], null)!;
        var bytes = Serializer.SerializeToArray(forged);
        Assert.Throws<InvalidValueException>(() => Serializer.Deserialize<EventKey>(bytes));
        Assert.Throws<InvalidValueException>(() => Serializer.Deserialize<HeldKey>(Serializer.SerializeToArray(new HeldKey(forged, []))));
        Assert.Throws<InvalidValueException>(() => Serializer.Deserialize<EventKey[]>(Serializer.SerializeToArray(new[] { Key, forged })));
    }

    [Theory]
    [InlineData(0, 7)]
    [InlineData(1, 86_400_000)]
    [InlineData(-86_400_000, 86_400_000)]
    [InlineData(0, long.MaxValue)]
    [InlineData(long.MaxValue, 300_000)]
    public void An_interval_that_is_none_of_a_clusters_does_not_arrive(long start, long length)
    {
        var forged = Activator.CreateInstance(typeof(Interval), BindingFlags.NonPublic | BindingFlags.Instance, null, [start, length], null)!;
        Assert.Throws<InvalidValueException>(() => Serializer.Deserialize<Interval>(Serializer.SerializeToArray((Interval)forged)));
    }

    [Theory]
    [InlineData(new long[] { 0, 1, 1, 2 })]
    [InlineData(new long[] { 0, 1, 2, 3 })]
    [InlineData(new long[] { 5, 6, 1, 2 })]
    [InlineData(new long[] { 2, 1 })]
    [InlineData(new long[] { -1, 1 })]
    [InlineData(new long[] { 1 })]
    public void Block_numbers_that_are_no_runs_do_not_arrive(long[] bounds)
    {
        var bytes = Serializer.SerializeToArray(new BoundsOfRuns([.. bounds]));
        Assert.Throws<InvalidValueException>(() => Serializer.Deserialize<NumberRanges>(bytes));
        Assert.Equal(NumberRanges.Of([1L, 2L, 9L]), Serializer.Deserialize<NumberRanges>(Serializer.SerializeToArray(new BoundsOfRuns([1, 2, 9, 9]))));
    }

    [Fact]
    public void Every_value_type_of_the_contract_has_rules_that_hold_on_arrival_or_a_reason_why_it_needs_none()
    {
        var contract = typeof(EventKey).Assembly;
        var checkedTypes = contract.GetTypes()
            .SelectMany(static t => t.GetInterfaces().Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IConverter<,>)))
            .Select(static i => i.GetGenericArguments()[0]).ToHashSet();
        var writtenByHand = contract.GetTypes().Where(static t => t.Namespace == "AllData.Wire")
            .SelectMany(static t => t.GetInterfaces().Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IFieldCodec<>)))
            .Select(static i => i.GetGenericArguments()[0]).ToHashSet();
        var all = contract.GetTypes().Where(t => t is { IsValueType: true, IsEnum: false, IsPublic: true }
            && (t.IsDefined(typeof(GenerateSerializerAttribute)) || checkedTypes.Contains(t) || writtenByHand.Contains(t)));

        Assert.Equal(
            all.Where(t => !checkedTypes.Contains(t)).Select(static t => t.Name).Order(),
            NoRules.Keys.Select(static t => t.Name).Order());
        Assert.Equal(
            ["ConsumerName", "EventKey", "Interval", "NumberRanges", "PeerId", "PeerLocation", "Topic"], checkedTypes.Select(static t => t.Name).Order());
    }

    public void Dispose() => _services.Dispose();

    // What the one has written the other reads, in both directions.
    private T CheckSame<T, TNumbered>(T value, TNumbered numbered)
    {
        var bytes = Serializer.SerializeToArray(value);
        Assert.Equal(Convert.ToHexString(Serializer.SerializeToArray(numbered)), Convert.ToHexString(bytes));
        return Serializer.Deserialize<T>(bytes)!;
    }

    private void CheckRefused<T>(byte[] members)
    {
        var error = Assert.Throws<InvalidValueException>(() => Serializer.Deserialize<T>([0x20, .. members, 0xE0]));
        Assert.DoesNotContain(error.Message, c => c is < ' ' or > '~' && c != '…');
    }

    // A member of a type as it lies on the wire: its field, the length of its text twice plus one, the text.
    private static byte[] Text(string text, byte field)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return bytes.Length < 64
            ? [(byte)(0x40 | field), (byte)((bytes.Length << 1) | 1), .. bytes]
            : [(byte)(0x40 | field), (byte)(((bytes.Length << 2) | 2) & 0xFF), (byte)(((bytes.Length << 2) | 2) >> 8), .. bytes];
    }
}

/// <summary>As <see cref="BucketSum"/> was before minutes and copysets had types of their own; so are the others.</summary>
[GenerateSerializer, Immutable]
internal readonly record struct NumberedBucketSum(
    [property: Id(0)] long Copyset, [property: Id(1)] long UnixMinute, [property: Id(2)] long Blocks, [property: Id(3)] long Events,
    [property: Id(4)] EventDigest DigestSum);

[GenerateSerializer, Immutable]
internal sealed record NumberedBucketRange([property: Id(0)] long FromMinute, [property: Id(1)] long ToMinute, [property: Id(2)] int MaxBuckets)
{
    [Id(3)]
    public Topic? Topic { get; init; }

    [Id(4)]
    public LateRange? Late { get; init; }
}

[GenerateSerializer, Immutable]
internal sealed record NumberedCopyset(
    [property: Id(0)] long Id, [property: Id(1)] ImmutableArray<int> Ordinals, [property: Id(2)] int ReplicationFactor);

[GenerateSerializer, Immutable]
internal sealed record NumberedChanges(
    [property: Id(0)] ChangeCursor Next, [property: Id(1)] bool IsComplete, [property: Id(2)] ImmutableArray<long> Minutes);

[GenerateSerializer, Immutable]
internal sealed record NumberedListRange(
    [property: Id(0)] long UnixMinute, [property: Id(1)] ImmutableArray<long> Copysets, [property: Id(2)] BlockPosition? After,
    [property: Id(3)] int MaxBlocks, [property: Id(4)] int Minutes = 1);

/// <summary>As <see cref="NumberRanges"/> travels.</summary>
[GenerateSerializer, Immutable]
internal readonly struct BoundsOfRuns(ImmutableArray<long> bounds)
{
    [Id(0)]
    public readonly ImmutableArray<long> Bounds = bounds;
}

[GenerateSerializer, Immutable]
internal sealed record FormerListRange(
    [property: Id(0)] long UnixMinute, [property: Id(1)] ImmutableArray<long> Copysets, [property: Id(2)] BlockPosition? After,
    [property: Id(3)] int MaxBlocks);

[GenerateSerializer, Immutable]
internal sealed record FormerList([property: Id(0)] byte[] Entries, [property: Id(1)] BlockPosition? Next);
