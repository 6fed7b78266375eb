using System.Buffers.Binary;
using AllData.Events;

namespace AllData.Tests.Unit.Protocol;

public sealed class PackedEventTests
{
    private static readonly EventKey Key = EventKey.Create(1_700_000_000_000, 7, 9);

    [Fact]
    public void Records_are_read_back_in_their_order_with_their_offsets()
    {
        var records = Pack("first", "", "the third");
        var reader = new PackedEventReader(records);
        var payloads = new List<string>();
        var offsets = new List<int>();
        while (reader.MoveNext())
        {
            Assert.Equal(Key, reader.Current.Key);
            Assert.Equal(EventDigest.Of(Key, reader.Current.Payload), reader.Current.Digest);
            payloads.Add(System.Text.Encoding.UTF8.GetString(reader.Current.Payload));
            offsets.Add(reader.Offset);
        }

        Assert.Equal(["first", "", "the third"], payloads);
        Assert.Equal([0, 21, 37], offsets);
    }

    [Fact]
    public void An_empty_run_has_no_records() => Assert.False(new PackedEventReader([]).MoveNext());

    [Fact]
    public void A_run_that_is_cut_off_anywhere_but_between_records_is_refused()
    {
        var records = Pack("first", "", "the third");
        for (var length = 1; length < records.Length; length++)
        {
            if (length is not (21 or 37))
            {
                Assert.Throws<FormatException>(() => Walk(records[..length]));
            }
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MaxValue - 15)]
    [InlineData(int.MaxValue - 16)]
    [InlineData(6)]
    public void A_hostile_length_is_refused_and_not_followed(int length)
    {
        var records = Pack("first");
        BinaryPrimitives.WriteInt32LittleEndian(records, length);

        Assert.Throws<FormatException>(() => Walk(records));
    }

    [Fact]
    public void Random_bytes_are_walked_or_refused_but_never_read_beyond()
    {
        var random = new Random(9);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(64)];
            random.NextBytes(bytes);
            if (bytes.Length >= 4 && random.Next(2) == 0)
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes, random.Next(-2, 64));
            }

            var error = Record.Exception(() => Walk(bytes));
            Assert.True(error is null or FormatException, $"{Convert.ToHexString(bytes)}: {error}");
        }
    }

    [Fact]
    public void A_batch_carries_its_events_with_or_without_keys()
    {
        var events = new[] { EventPayload.FromText("""{"a":1}"""), EventPayload.FromText("") };

        var fresh = EventBatch.Of(events);
        var keyed = EventBatch.OfKeyed([.. events.Select((e, i) => KeyValuePair.Create(EventKey.Create(1, 1, i), e))]);

        Assert.Equal((2, false), (fresh.Count, fresh.HasKeys));
        Assert.Equal((2, true), (keyed.Count, keyed.HasKeys));
        var reader = keyed.GetReader();
        Assert.True(reader.MoveNext() && reader.MoveNext());
        Assert.Equal(1, reader.Current.Key.Sequence);
        Assert.False(reader.MoveNext());
    }

    private static void Walk(byte[] records)
    {
        var reader = new PackedEventReader(records);
        while (reader.MoveNext())
        {
            _ = reader.Current.Payload.Length;
        }
    }

    private static byte[] Pack(params string[] payloads)
    {
        var bytes = new byte[payloads.Sum(payload => PackedEvent.Overhead + payload.Length)];
        var offset = 0;
        foreach (var payload in payloads)
        {
            offset += PackedEvent.Write(bytes.AsSpan(offset), Key, System.Text.Encoding.UTF8.GetBytes(payload));
        }

        return bytes;
    }
}
