using System.Buffers;
using System.Text;
using AllData.Events;
using AllData.Silo.Http.Ingest;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

public sealed class LinePackerTests
{
    private static readonly IngestLimits Limits = new(EventBytes: 10, BatchEvents: 4, BatchBytes: 70);

    /// <summary>Bodies with what becomes of them: batches apart by |, lines that fail as !number.</summary>
    public static TheoryData<string, string> Bodies => new()
    {
        { "1\n2\n3\n", "1 2 3" },
        { "1\r\n2\r\n", "1 2" },
        { "1\n2", "1 2" },
        { "\n\r\n\n", "" },
        { "1\n2\n3\n4\n5\n", "1 2 3 4|5" },
        { "1\nx\n2\nx\n3\n", "1 2 !2 !4|3" },
        { "123456789\n123456789\n123456789\n", "123456789 123456789|123456789" },
        { "1234567890\r\n", "1234567890" },
        { "12345678901\n1\n", "1 !1" },
        { "12345678901\r\n1\n", "1 !1" },
        { "1\n\n12345678901234567890", "1 !3" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Lines_become_batches_however_the_bytes_arrive(string body, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        for (var size = 1; size <= Math.Max(1, bytes.Length); size++)
        {
            Assert.Equal(expected, Describe(bytes.Chunk(size)));
        }
    }

    [Fact]
    public void A_line_without_an_end_is_never_kept_beyond_an_event()
    {
        using var packer = new LinePacker(Limits);
        for (var i = 0; i < 10_000; i++)
        {
            packer.Take(new ReadOnlySequence<byte>(new byte[1_000]));
            Assert.InRange(packer.HeldBytes, 0, Limits.EventBytes + 1);
        }

        Assert.True(packer.IsInsideLine);
        Assert.True(packer.TryEnd());
        Assert.Equal(10_000_000, Assert.IsType<Errors.EventTooLargeException>(Assert.Single(packer.Cut([]).Faults).Error).Size);
    }

    [Fact]
    public void A_batch_has_the_keys_that_it_is_cut_with_and_what_has_come_of_the_next_line_stays()
    {
        using var packer = new LinePacker(Limits);
        packer.Take(new ReadOnlySequence<byte>("1\nx\n22\n33"u8.ToArray()));

        var batch = packer.Cut([FakeEventStore.ReservedKey(0), FakeEventStore.ReservedKey(1)]);
        packer.Take(new ReadOnlySequence<byte>("3\n"u8.ToArray()));

        var reader = batch.Events!.GetReader();
        Assert.True(reader.MoveNext());
        Assert.Equal(FakeEventStore.ReservedKey(0), reader.Current.Key);
        Assert.True(reader.MoveNext());
        Assert.Equal(FakeEventStore.ReservedKey(1), reader.Current.Key);
        Assert.Equal([1, 3], batch.Lines);
        Assert.Equal("333", Assert.Single(FakeEventStore.PayloadsOf(packer.Cut([]).Events!)));
    }

    [Fact]
    public void Good_lines_cost_no_allocation_of_their_own()
    {
        var limits = new IngestLimits(EventBytes: 1_000, BatchEvents: 1_000, BatchBytes: 1_000_000);
        const string Line = """{"sensor":"a","value":[1,2,3]}""";
        var body = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Line + "\n", limits.BatchEvents))));
        using var packer = new LinePacker(limits);
        Pack();

        var before = GC.GetAllocatedBytesForCurrentThread();
        Pack();

        // The batch itself: a record for each event, and its line's number.
        var batch = limits.BatchEvents * (PackedEvent.Overhead + Line.Length + sizeof(long));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, batch, batch + 1_000);

        void Pack()
        {
            packer.Take(body);
            packer.Cut([]);
        }
    }

    private static string Describe(IEnumerable<byte[]> pieces)
    {
        using var packer = new LinePacker(Limits);
        var batches = new List<string>();
        foreach (var piece in pieces)
        {
            var rest = packer.Take(new ReadOnlySequence<byte>(piece));
            while (packer.IsFull)
            {
                batches.Add(Describe(packer.Cut([])));
                rest = packer.Take(rest);
            }
        }

        while (!packer.TryEnd())
        {
            batches.Add(Describe(packer.Cut([])));
        }

        return string.Join('|', packer.HasLines ? batches.Append(Describe(packer.Cut([]))) : batches);
    }

    private static string Describe(LineBatch batch) => string.Join(
        ' ', (batch.Events is null ? [] : FakeEventStore.PayloadsOf(batch.Events)).Concat(batch.Faults.Select(fault => $"!{fault.Line}")));
}
