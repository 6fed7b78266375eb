using System.Text;
using AllData.Client.Put;

namespace AllData.Tests.Unit.Client;

public sealed class LineReaderTests
{
    private const int MaxLine = 10;

    [Theory]
    [InlineData("a\nb\n", "1:a 2:b")]
    [InlineData("a\nb", "1:a 2:b")]
    [InlineData("a\r\nb\r\n", "1:a 2:b")]
    [InlineData("a\r\nb\nc\r\n", "1:a 2:b 3:c")]
    [InlineData("\uFEFFa\nb", "1:a 2:b")]
    [InlineData("\uFEFF", "")]
    [InlineData("\n\r\n \t \na\n\n", "4:a")]
    [InlineData("", "")]
    [InlineData("\n", "")]
    [InlineData("a\rb\n", "1:a\rb")]
    [InlineData(" a \n", "1: a ")]
    [InlineData("0123456789\n0123456789\r\n0123456789", "1:0123456789 2:0123456789 3:0123456789")]
    [InlineData("a\n0123456789x\nb\n", "1:a 2:TOO-LONG 3:b")]
    [InlineData("a\n0123456789x", "1:a 2:TOO-LONG")]
    [InlineData("0123456789 0123456789 0123456789 0123456789\nb\n", "1:TOO-LONG 2:b")]
    public async Task Lines_are_split_wherever_the_reads_end(string text, string expected)
    {
        foreach (var atATime in new[] { 1, 2, 3, 7, 1_000 })
        {
            var reader = new LineReader(new TrickleStream(Encoding.UTF8.GetBytes(text), atATime), MaxLine);
            var lines = new List<string>();
            while (await reader.ReadAsync(CancellationToken.None) is { } line)
            {
                lines.Add($"{line.Number}:{(line.IsTooLong ? "TOO-LONG" : Encoding.UTF8.GetString(line.Bytes))}");
            }

            Assert.Equal(expected, string.Join(' ', lines));
            Assert.Equal(Encoding.UTF8.GetByteCount(text), reader.BytesRead);
        }
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_come_through_unchanged()
    {
        var reader = new LineReader(new MemoryStream([0xFF, 0xFE, (byte)'\n', 0x80]), MaxLine);
        Assert.Equal([0xFF, 0xFE], (await reader.ReadAsync(CancellationToken.None))!.Bytes);
        Assert.Equal([0x80], (await reader.ReadAsync(CancellationToken.None))!.Bytes);
    }

    [Theory]
    [InlineData("0123456789x\nb\n", "0123456789x\n")]
    [InlineData("0123456789xyz\r\nb\n", "0123456789xyz\r\n")]
    [InlineData("0123456789xyz", "0123456789xyz\n")]
    public async Task A_line_that_is_too_long_is_passed_on_unchanged(string text, string expected)
    {
        foreach (var atATime in new[] { 1, 5, 1_000 })
        {
            var reader = new LineReader(new TrickleStream(Encoding.UTF8.GetBytes(text), atATime), MaxLine);
            var copy = new MemoryStream();
            Assert.True((await reader.ReadAsync(CancellationToken.None))!.IsTooLong);
            await reader.CopyLongLineAsync(copy, CancellationToken.None);
            Assert.Equal(expected, Encoding.UTF8.GetString(copy.ToArray()));
            Assert.Equal(text.EndsWith("b\n", StringComparison.Ordinal), await reader.ReadAsync(CancellationToken.None) is { Number: 2 });
        }
    }

    [Fact]
    public async Task A_long_line_is_not_held_in_memory()
    {
        const int Length = 64 * 1024 * 1024;
        using var source = new EndlessLine(Length);
        var reader = new LineReader(source, 1024 * 1024);
        Assert.True((await reader.ReadAsync(CancellationToken.None))!.IsTooLong);

        // All of it happens on this thread, whose own count no other test disturbs.
        var before = GC.GetAllocatedBytesForCurrentThread();
        var copying = reader.CopyLongLineAsync(Stream.Null, CancellationToken.None);
        Assert.True(copying.IsCompletedSuccessfully, "the line was passed on by several threads");
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < Length / 2, $"Passing on a line of {Length} bytes allocated {allocated}.");
    }

    private sealed class EndlessLine(long length) : MemoryStream
    {
        private long _left = length;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = (int)Math.Min(buffer.Length, _left);
            buffer.Span[..count].Fill((byte)'x');
            _left -= count;
            return ValueTask.FromResult(count);
        }
    }
}
