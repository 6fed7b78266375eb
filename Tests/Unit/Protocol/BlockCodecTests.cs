using System.Buffers.Binary;
using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Tests.Unit.Protocol;

public sealed class BlockCodecTests
{
    private const string Golden = "AllData.Unit.Protocol.Golden.block-v1.bin";
    private const string TopicGolden = "AllData.Unit.Protocol.Golden.block-v2.bin";
    private const string LateGolden = "AllData.Unit.Protocol.Golden.block-v3.bin";
    private const string LateTopicGolden = "AllData.Unit.Protocol.Golden.block-v3-topic.bin";
    private static readonly Topic Orders = Topic.Parse("orders.eu-1");
    private static readonly UnixMinute Minute = UnixMinute.Of(new DateTimeOffset(2024, 9, 1, 12, 34, 0, TimeSpan.Zero));

    [Fact]
    public void A_block_survives_the_way_there_and_back()
    {
        var block = BlockCodec.Encode(Header(), Events((Key(0), """{"foo":"bar"}"""), (Key(1), ""), (Key(59_999), "x")));

        var read = BlockCodec.Decode([.. block.Bytes.Bytes]);

        Assert.Equal(block.Header, read.Header);
        Assert.Equal(Header() with
        {
            EventCount = 3,
            FirstKey = Key(0),
            LastKey = Key(59_999),
            EventDigestSum =
                EventDigest.Of(Key(0), """{"foo":"bar"}"""u8) + EventDigest.Of(Key(1), []) + EventDigest.Of(Key(59_999), "x"u8),
            BlockDigest = read.Header.BlockDigest,
        }, read.Header);
        var reader = read.GetReader();
        Assert.True(reader.MoveNext());
        Assert.Equal("""{"foo":"bar"}"""u8.ToArray(), reader.Current.Payload.ToArray());
    }

    [Fact]
    public void Random_blocks_survive_too()
    {
        var random = new Random(4);
        for (var i = 0; i < 500; i++)
        {
            var header = RandomHeader(random);
            var events = Events([.. Enumerable.Range(0, random.Next(1, 40)).Select(n =>
                (EventKey.Create(header.UnixMinute.StartUnixMilliseconds + n, random.Next(10_000), random.Next(100_000)),
                    new string('e', random.Next(50))))]);

            var block = BlockCodec.Encode(header, events);

            Assert.Equal(block.Header, BlockCodec.Decode([.. block.Bytes.Bytes]).Header);
            var recordBytes = events.Sum(e => PackedEvent.Overhead + e.Payload.Length);
            Assert.Equal(BlockCodec.HeaderLength(header) + recordBytes, block.Bytes.Bytes.Length);
        }
    }

    [Theory]
    [InlineData(Golden, null, false)]
    [InlineData(TopicGolden, "orders.eu-1", false)]
    [InlineData(LateGolden, null, true)]
    [InlineData(LateTopicGolden, "orders.eu-1", true)]
    public void The_format_stays_as_it_is(string file, string? topic, bool isLate)
    {
        using var golden = typeof(BlockCodecTests).Assembly.GetManifestResourceStream(file);
        Assert.NotNull(golden);
        var bytes = new byte[golden.Length];
        golden.ReadExactly(bytes);

        var block = GoldenBlock(topic, isLate);
        Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(block.Bytes.Bytes));
        Assert.Equal(block.Header, BlockCodec.Decode(bytes).Header);
        Assert.Equal(topic, BlockCodec.Outline(bytes).Topic?.Value);
        var start = bytes.AsSpan(0, Math.Min(bytes.Length, BlockCodec.MaxHeaderLength));
        Assert.Equal(topic, BlockCodec.FindTopic(start)?.Value);
        Assert.Equal(isLate ? Arrival : null, BlockCodec.FindArrival(start));
        Assert.Equal(isLate ? Arrival : null, BlockCodec.Outline(bytes).Arrival);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("orders.eu-1")]
    public void A_late_event_is_the_same_event_in_another_block(string? topic)
    {
        var (punctual, late) = (GoldenBlock(topic), GoldenBlock(topic, isLate: true));
        var one = punctual.GetReader();
        var other = late.GetReader();
        Assert.True(one.MoveNext() && other.MoveNext());
        Assert.Equal(one.Current.Digest, other.Current.Digest);

        // The same events at another position are another block: a peer that holds one of the two must be given the other.
        Assert.NotEqual(punctual.Header.EventDigestSum, late.Header.EventDigestSum);
        Assert.Equal(punctual.Header.BucketId, late.Header.BucketId);
    }

    [Theory]
    [InlineData(120, "00")] // not late: that is version 1
    [InlineData(120, "03")] // a topic of no characters
    [InlineData(121, "01")] // a topic without its flag
    [InlineData(116, "00")] // keys that were not given
    [InlineData(140, "FFFFFFFF")] // an arrival that is no key
    [InlineData(140, "0000000000000001")] // one before its keys
    [InlineData(148, "00000007")] // one of another coordinator
    [InlineData(148, "0041A4F0")] // one of the reserved range
    [InlineData(122, "01")] // a reserved byte
    public void An_arrival_that_makes_no_sense_is_refused_even_if_its_digest_is_right(int offset, string hex)
    {
        var bytes = GoldenBlock(topic: null, isLate: true).Bytes.Bytes.ToArray();
        Convert.FromHexString(hex).CopyTo(bytes, offset);
        EventDigest.Of(bytes.AsSpan(24)).WriteTo(bytes.AsSpan(8));

        Assert.True(Assert.Throws<BlockFormatException>(() => BlockCodec.Decode(bytes)).IsImpossible);
        Assert.Throws<BlockFormatException>(() => BlockCodec.Outline(bytes));
    }

    [Fact]
    public void A_topic_makes_other_events_and_another_bucket_of_the_same_bytes()
    {
        var (plain, topical) = (GoldenBlock(), GoldenBlock(Orders.Value));
        Assert.NotEqual(plain.Header.EventDigestSum, topical.Header.EventDigestSum);
        Assert.NotEqual(plain.Header.BucketId, topical.Header.BucketId);
        Assert.Equal(plain.Header.Copyset.Id, plain.Header.BucketId);
        Assert.Equal(topical.Header.BucketId, BlockCodec.Decode([.. topical.Bytes.Bytes]).Header.BucketId);
        var reader = topical.GetReader();
        Assert.True(reader.MoveNext());
        Assert.Equal(EventDigest.Of(Key(0), """{"foo":"bar"}"""u8, Orders), reader.Current.Digest);
        Assert.NotEqual(EventDigest.Of(Key(0), """{"foo":"bar"}"""u8), reader.Current.Digest);
        Assert.Equal(reader.Current.Digest, new KeyedEvent(Key(0), """{"foo":"bar"}"""u8.ToArray(), Orders).Digest);
    }

    [Theory]
    [InlineData(120, "00")] // no topic: that is version 1
    [InlineData(120, "03")] // an unknown flag
    [InlineData(121, "00")] // a topic of no characters
    [InlineData(121, "41")] // a topic of 65 characters
    [InlineData(121, "FF")] // a topic beyond the block
    [InlineData(122, "01")] // a reserved byte
    [InlineData(140, "2E")] // a topic that begins with a dot
    [InlineData(141, "FC")] // a topic that is not ASCII
    [InlineData(141, "20")] // a topic with a space
    public void A_topic_that_makes_no_sense_is_refused_even_if_its_digest_is_right(int offset, string hex)
    {
        var bytes = GoldenBlock(Orders.Value).Bytes.Bytes.ToArray();
        Convert.FromHexString(hex).CopyTo(bytes, offset);
        EventDigest.Of(bytes.AsSpan(24)).WriteTo(bytes.AsSpan(8));

        Assert.True(Assert.Throws<BlockFormatException>(() => BlockCodec.Decode(bytes)).IsImpossible);
        Assert.Throws<BlockFormatException>(() => BlockCodec.Outline(bytes));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("orders.eu-1", false)]
    [InlineData(null, true)]
    [InlineData("orders.eu-1", true)]
    public void Every_single_flipped_bit_is_noticed(string? topic, bool isLate)
    {
        var bytes = GoldenBlock(topic, isLate).Bytes.Bytes;
        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            var damaged = bytes.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            if (Record.Exception(() => BlockCodec.Decode(damaged)) is not BlockFormatException)
            {
                Assert.Fail($"Bit {bit % 8} of byte {bit / 8} was flipped and not noticed.");
            }
        }
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("orders.eu-1", false)]
    [InlineData(null, true)]
    [InlineData("orders.eu-1", true)]
    public void A_truncated_or_extended_block_is_refused(string? topic, bool isLate)
    {
        var bytes = GoldenBlock(topic, isLate).Bytes.Bytes;
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<BlockFormatException>(() => BlockCodec.Decode(bytes[..length]));
        }

        Assert.Throws<BlockFormatException>(() => BlockCodec.Decode([.. bytes, 0]));
    }

    [Fact]
    public void Another_format_version_is_refused_by_its_number()
    {
        var bytes = GoldenBlock().Bytes.Bytes.ToArray();
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), 4);

        var error = Assert.Throws<BlockFormatException>(() => BlockCodec.Decode(bytes));

        Assert.Contains("version 4", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0)] // the same key twice
    [InlineData(5, 4)] // descending
    [InlineData(0, 60_000)] // the next minute
    [InlineData(-1, 0)] // the minute before
    public void Keys_that_do_not_ascend_within_the_minute_are_refused(long first, long second) =>
        Assert.Throws<BlockFormatException>(() => BlockCodec.Encode(Header(), Events((Key(first), "a"), (Key(second), "b"))));

    [Fact]
    public void A_block_without_events_is_refused() => Assert.Throws<BlockFormatException>(() => BlockCodec.Encode(Header(), []));

    [Theory]
    [InlineData(68, "FFFFFF7F")] // length
    [InlineData(118, "1000")] // sixteen members
    [InlineData(118, "0000")] // no members
    [InlineData(116, "02")] // an unknown flag
    [InlineData(127, "01")] // a reserved byte
    [InlineData(76, "FFFFFFFFFFFFFFFF")] // first key
    [InlineData(128, "0500000005000000")] // a member twice
    [InlineData(128, "FBFFFFFF")] // a negative member
    [InlineData(128, "00000000")] // member 0
    [InlineData(128, "2A00000005000000")] // members that descend
    [InlineData(136, "10270000")] // member 10,000
    [InlineData(117, "00")] // no copies
    [InlineData(117, "10")] // sixteen copies
    [InlineData(60, "FFFFFFFFFFFFFFFF")] // a negative topology version
    [InlineData(40, "00000000")] // ordinal 0 formed it
    [InlineData(40, "FFFFFFFB")] // a negative ordinal formed it
    [InlineData(40, "00002710")] // ordinal 10,000 formed it
    [InlineData(44, "FFFFFFFF")] // a negative incarnation
    [InlineData(48, "FFFFFFFFFFFFFFFF")] // a negative sequence
    [InlineData(56, "FFFFFFFF")] // a minute in the year 10136
    [InlineData(56, "00000000")] // another minute than its keys'
    [InlineData(72, "00000000")] // no events
    [InlineData(72, "FFFFFFFF")] // a negative number of events
    [InlineData(84, "7FFFFFFF")] // an invalid first key
    public void A_header_that_makes_no_sense_is_refused_even_if_its_digest_is_right(int offset, string hex)
    {
        var bytes = GoldenBlock().Bytes.Bytes.ToArray();
        Convert.FromHexString(hex).CopyTo(bytes, offset);
        EventDigest.Of(bytes.AsSpan(24)).WriteTo(bytes.AsSpan(8));

        Assert.True(Assert.Throws<BlockFormatException>(() => BlockCodec.Decode(bytes)).IsImpossible);
        Assert.Throws<BlockFormatException>(() => BlockCodec.Outline(bytes));
        Assert.Throws<BlockFormatException>(() => BlockCodec.Verify(bytes));
    }

    [Fact]
    public void Random_bytes_are_no_block()
    {
        var random = new Random(6);
        for (var i = 0; i < 5_000; i++)
        {
            var bytes = new byte[random.Next(300)];
            random.NextBytes(bytes);
            "ADBK"u8[..Math.Min(4, bytes.Length)].CopyTo(bytes);
            Assert.Throws<BlockFormatException>(() => BlockCodec.Decode(bytes));
        }
    }

    private static EventKey? Arrival { get; } = EventKey.Create(Minute.StartUnixMilliseconds + 3_600_000, 42, 49_998);

    private static Block GoldenBlock(string? topic = null, bool isLate = false) => BlockCodec.Encode(
        Header() with
        {
            HasSuppliedKeys = true,
            Copyset = new Copyset([5, 42, 9_999]),
            Topic = topic is null ? null : Topic.Parse(topic),
            Arrival = isLate ? Arrival : null,
        },
        Events((Key(0), """{"foo":"bar"}"""), (Key(1), ""), (Key(59_999), "\u00fc")));

    private static BlockHeader Header() => new()
    {
        ClusterId = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"),
        Id = new BlockId(42, 3, 1_234_567_890_123),
        UnixMinute = Minute,
        HasSuppliedKeys = false,
        ReplicationFactor = 3,
        TopologyVersion = 17,
        Copyset = new Copyset([42, 7]),
    };

    private static BlockHeader RandomHeader(Random random) => new()
    {
        ClusterId = Guid.NewGuid(),
        Id = new BlockId(random.Next(1, EventKey.MaxOrdinal + 1), random.Next(), random.NextInt64()),
        UnixMinute = new UnixMinute(random.Next(100_000_000)),
        HasSuppliedKeys = random.Next(2) == 0,
        ReplicationFactor = random.Next(1, Copyset.MaxMembers + 1),
        TopologyVersion = random.NextInt64(),
        Topic = random.Next(2) == 0 ? null : Topic.Parse(new string((char)('a' + random.Next(26)), random.Next(1, Topic.MaxLength + 1))),
        Copyset = new Copyset(
            [.. Enumerable.Range(1, random.Next(1, Copyset.MaxMembers + 1)).Select(n => n * random.Next(1, 600)).Distinct()]),
    };

    private static EventKey Key(long millisecond) => EventKey.Create(Minute.StartUnixMilliseconds + millisecond, 42, 50_000);

    private static KeyedEvent[] Events(params (EventKey Key, string Payload)[] events) =>
        [.. events.Select(e => new KeyedEvent(e.Key, System.Text.Encoding.UTF8.GetBytes(e.Payload)))];
}
