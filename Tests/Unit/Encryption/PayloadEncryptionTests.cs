using AllData.Encryption;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Encryption;

/// <summary>Payloads as they are stored: what is in the bytes, and what can be read of them.</summary>
public sealed class PayloadEncryptionTests
{
    private static readonly EventKey Key = EventKey.Parse("20261122T101112345000150007");
    private static readonly byte[] Payload = """{"foo":"bar"}"""u8.ToArray();
    private static readonly PayloadKey First = TestKeys.Key(0);
    private static readonly PayloadKey Second = TestKeys.Key(100);

    // The file was made by another program (Python, package cryptography) from docs/block-format.md.
    [Fact]
    public void The_stored_bytes_are_those_of_the_golden_file_and_it_is_read_back()
    {
        using var golden = typeof(PayloadEncryptionTests).Assembly.GetManifestResourceStream("AllData.Unit.Encryption.Golden.payloads-v1.bin")!;
        var records = new byte[golden.Length];
        golden.ReadExactly(records);
        using var decoder = new PayloadDecoder(new TestKeys(First));
        var (stored, read) = (new List<string>(), new List<string>());
        for (var reader = new PackedEventReader(records); reader.MoveNext();)
        {
            stored.Add(Convert.ToHexString(reader.Current.Payload));
            read.Add(Convert.ToHexString(decoder.Decode(reader.Current.Key, reader.Current.Payload, out var fault)));
            Assert.Null(fault);
        }

        byte[][] put = [Payload, [.. StoredPayload.Mark, (byte)'!'], """{"plain":1}"""u8.ToArray()];
        Assert.Equal(put.Select(Convert.ToHexString), read);
        Assert.Equal([Encode(First, Key, put[0]), Encode(null, Key, put[1]), Encode(null, Key, put[2])], stored.Select(Convert.FromHexString));
        Assert.Equal("793a6b1461a70e61", First.Id);
    }

    [Fact]
    public void The_same_event_has_the_same_bytes_and_any_other_has_other_ones()
    {
        var stored = Encode(First, Key, Payload);

        Assert.Equal(stored, Encode(First, Key, Payload));
        Assert.Equal(4, new[] { stored, Encode(First, Key.GetSuccessor(), Payload), Encode(First, Key, "{}"u8.ToArray()), Encode(Second, Key, Payload) }
            .Select(static bytes => Convert.ToHexString(StoredPayload.Read(bytes).Nonce)).Distinct().Count());
        Assert.True(stored.AsSpan().IndexOf("foo"u8) < 0, "The plaintext is in the stored bytes.");
    }

    [Fact]
    public void Every_flipped_bit_of_a_ciphertext_is_noticed()
    {
        var stored = Encode(First, Key, Payload);
        for (var bit = StoredPayload.HeaderLength * 8; bit < stored.Length * 8; bit++)
        {
            var changed = stored.ToArray();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal((0, PayloadFault.NotAuthentic), Open(new TestKeys(First), Key, changed));
        }
    }

    [Fact]
    public void A_ciphertext_under_another_event_key_is_noticed() =>
        Assert.Equal((0, PayloadFault.NotAuthentic), Open(new TestKeys(First), Key.GetSuccessor(), Encode(First, Key, Payload)));

    [Fact]
    public void What_a_former_key_encrypted_is_read_and_without_it_only_its_id_is()
    {
        var stored = Encode(First, Key, Payload);
        Assert.Equal((Payload.Length, null), Open(new TestKeys(Second, First), Key, stored));

        using var decoder = new PayloadDecoder(new TestKeys(Second));
        Assert.True(decoder.Decode(Key, stored, out var fault).IsEmpty);
        Assert.Equal(new UnreadablePayload(Key, PayloadFault.KeyMissing, First.Id), fault);
    }

    [Theory]
    [InlineData("")]
    [InlineData("AD5345414C4544")]
    [InlineData("AD5345414C454400")]
    [InlineData("AD5345414C454401793A6B1461A70E61")]
    public void A_payload_that_looks_like_an_envelope_is_given_back_as_it_was_put(string hex)
    {
        var put = Convert.FromHexString(hex);
        foreach (var key in new[] { null, First })
        {
            using var decoder = new PayloadDecoder(new TestKeys(First));
            Assert.Equal(put, decoder.Decode(Key, Encode(key, Key, put), out var fault).ToArray());
            Assert.Null(fault);
        }
    }

    [Fact]
    public void A_form_that_is_held_is_found_whatever_key_it_was_encrypted_with()
    {
        var encoder = new PayloadEncoder(new TestKeys(Second, First));
        var put = new KeyedEvent(Key, Payload);
        foreach (var held in new[] { Encode(First, Key, Payload), Encode(Second, Key, Payload), Payload })
        {
            Assert.Equal(held, encoder.FindForm(put, digest => digest == EventDigest.Of(Key, held))!.Value.Payload.ToArray());
        }

        Assert.Null(encoder.FindForm(put, digest => digest == EventDigest.Of(Key, Encode(TestKeys.Key(7), Key, Payload))));
        Assert.Null(encoder.FindForm(put, digest => digest == EventDigest.Of(Key, Encode(First, Key, "{}"u8.ToArray()))));
    }

    [Fact]
    public void Without_a_key_a_payload_is_not_even_copied()
    {
        KeyedEvent[] events = [new(Key, Payload)];
        new PayloadEncoder(PayloadKeyFiles.None).Encode(events);
        Assert.True(events[0].Payload.Equals(new ReadOnlyMemory<byte>(Payload)));
    }

    private static byte[] Encode(PayloadKey? key, EventKey eventKey, byte[] payload)
    {
        KeyedEvent[] events = [new(eventKey, payload)];
        new PayloadEncoder(key is null ? PayloadKeyFiles.None : new TestKeys(key)).Encode(events);
        return events[0].Payload.ToArray();
    }

    private static (int Length, PayloadFault? Fault) Open(TestKeys keys, EventKey eventKey, byte[] stored)
    {
        using var decoder = new PayloadDecoder(keys);
        return (decoder.Decode(eventKey, stored, out var fault).Length, fault?.Fault);
    }
}
