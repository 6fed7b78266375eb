using AllData.Peers;
using AllData.Remote.Http.Messages;
using AllData.Remote.Http.Serving;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Remote;

/// <summary>The bytes of the peer protocol: as the document shows them, and whatever else they might be.</summary>
public sealed class PeerMessageTests
{
    private const int Mutations = 4_000;

    public static TheoryData<string> Names() => [.. PeerMessageSamples.All.Select(static s => s.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_document_shows_the_bytes_of_each_message(string name)
    {
        var sample = PeerMessageSamples.All.Single(s => s.Name == name);
        var documented = Documented();

        Assert.Equal(documented[name], Convert.ToHexStringLower(PeerMessageSample.BytesOf(sample.Message)));

        var bytes = Convert.FromHexString(documented[name]);
        var read = await PeerMessage.ReadFromAsync(new MemoryStream(bytes), bytes.Length, CancellationToken.None);
        Assert.Equal(bytes, PeerMessageSample.BytesOf(sample.ReadAndWrite(read)));
    }

    [Fact]
    public void Each_call_that_is_served_is_in_the_document() =>
        Assert.Equal(
            ServedCall.All.Keys.Append(ClusterCalls.Report.Name).Append(ClusterCalls.Sealed.Name)
                .SelectMany(static name => new[] { $"{name} answer", $"{name} question" }).Order(),
            Documented().Keys.Order());

    [Fact]
    public async Task Whatever_bytes_come_they_are_read_or_refused_and_nothing_else()
    {
        var random = new Random(20260105);
        for (var i = 0; i < Mutations; i++)
        {
            foreach (var sample in PeerMessageSamples.All)
            {
                await ReadOrRefuseAsync(sample, Mutate(PeerMessageSample.BytesOf(sample.Message), random));
            }
        }
    }

    [Fact]
    public async Task Random_bytes_are_read_or_refused_and_nothing_else()
    {
        var random = new Random(7);
        for (var i = 0; i < Mutations; i++)
        {
            var bytes = new byte[random.Next(0, 64)];
            random.NextBytes(bytes);
            foreach (var sample in PeerMessageSamples.All)
            {
                await ReadOrRefuseAsync(sample, bytes);
                await ReadOrRefuseAsync(sample, [(byte)bytes.Length, 0, 0, 0, .. bytes]);
            }
        }
    }

    [Fact]
    public async Task A_count_that_the_bytes_cannot_hold_allocates_nothing()
    {
        // A list of 2^31 - 1 keys in eight bytes.
        byte[] bytes = [8, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0, 0, 0];
        var message = await PeerMessage.ReadFromAsync(new MemoryStream(bytes), bytes.Length, CancellationToken.None);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Contains("A list of 2147483647 values", Assert.Throws<PeerProtocolException>(() => PutCalls.LookUp.ReadQuestion(message)).Message);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Theory]
    [InlineData("00000000")] // A key is missing.
    [InlineData("0d000000 0000019b8d7c0c000000000a ff")] // A byte behind the key.
    [InlineData("0c000000 ffffffff8d7c0c000000000a")] // No key.
    [InlineData("ffffffff 00")] // A head that is longer than all.
    public async Task A_head_that_is_not_exactly_its_fields_is_refused(string hex)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

        await Assert.ThrowsAsync<PeerProtocolException>(async () =>
            PutCalls.ReadKey.ReadQuestion(await PeerMessage.ReadFromAsync(new MemoryStream(bytes), bytes.Length, CancellationToken.None)));
    }

    [Theory]
    [InlineData("8000")] // Two bytes for zero.
    [InlineData("ffffffffffffffffff7f")] // More than 64 bits.
    [InlineData("ffffffffffffffffffff01")]
    public void A_number_has_one_form(string hex) => Assert.Throws<PeerProtocolException>(() => PutCalls.TellTopology.ReadQuestion(
        new PeerMessage(Convert.FromHexString(hex), [])));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(63)]
    [InlineData(-65)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Each_number_comes_back(long number) =>
        Assert.Equal(number, PutCalls.TellTopology.ReadQuestion(PutCalls.TellTopology.WriteQuestion(number)));

    [Fact]
    public void Each_refusal_comes_back_and_nonsense_is_none()
    {
        foreach (var kind in PeerProblemKind.All)
        {
            var problem = new PeerProblem(kind, "Because.") { RetryAfter = TimeSpan.FromMilliseconds(1_500) };
            Assert.Equal(problem, PeerProblem.TryRead(problem.ToJson()));
        }

        var random = new Random(3);
        var good = new PeerProblem(PeerProblemKind.QuestionTooLarge, "Too many.") { Limit = 3, Count = 5 }.ToJson();
        for (var i = 0; i < Mutations; i++)
        {
            // Nothing is thrown; that is all.
            _ = PeerProblem.TryRead(Mutate(good, random))?.ToException(PeerTarget.Of(PeerId.Parse("west-a")), "here");
        }
    }

    private static async Task ReadOrRefuseAsync(PeerMessageSample sample, byte[] bytes)
    {
        try
        {
            // What could be read is written as it came, or the same value would have two forms.
            var written = sample.ReadAndWrite(await PeerMessage.ReadFromAsync(new MemoryStream(bytes), bytes.Length, CancellationToken.None));
            Assert.Equal((sample.Name, Convert.ToHexString(bytes)), (sample.Name, Convert.ToHexString(PeerMessageSample.BytesOf(written))));
        }
        catch (PeerProtocolException)
        {
        }
    }

    private static byte[] Mutate(byte[] good, Random random)
    {
        var bytes = good.ToArray();
        switch (random.Next(4))
        {
            case 0:
                return bytes[..random.Next(bytes.Length)];
            case 1:
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                return bytes;
            case 2:
                var at = random.Next(bytes.Length);
                return [.. bytes[..at], (byte)random.Next(256), .. bytes[at..]];
            default:
                bytes.AsSpan(random.Next(bytes.Length)).Fill(0xFF);
                return bytes;
        }
    }

    // Lines "name: hexadecimal digits" of the samples' blocks.
    private static Dictionary<string, string> Documented() => File.ReadLines(Path.Combine(Repository.Root, "docs", "peer-protocol.md"))
        .SkipWhile(static line => line != "```samples").Skip(1).TakeWhile(static line => line != "```")
        .Where(static line => line.Contains(':', StringComparison.Ordinal))
        .ToDictionary(
            static line => line[..line.IndexOf(':', StringComparison.Ordinal)],
            static line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Replace(" ", "", StringComparison.Ordinal));
}
