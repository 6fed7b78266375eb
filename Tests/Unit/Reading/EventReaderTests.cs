using System.Text;
using AllData.Errors;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Reading;

/// <summary>When "not found" is certain.</summary>
public sealed class EventReaderTests
{
    private readonly FakePeer _a = new("a");
    private readonly FakePeer _b = new("b");

    [Fact]
    public async Task Not_found_is_certain_when_the_registry_knows_of_no_other_peer()
    {
        await using var bench = await ScanBench.StartAsync(_a, _b);
        var read = await bench.CreateReader().Get(TestBlocks.Key(0));
        Assert.Empty(read.Events);
        Assert.Empty(read.Silent);
        Assert.Null(read.Doubt);
    }

    [Fact]
    public async Task A_peer_that_joined_a_moment_ago_is_asked_too()
    {
        await using var bench = await ScanBench.StartUnknowingAsync(_a, _b.Hold(TestBlocks.One(0, "new")));
        bench.Tell(1, peers: 1);
        bench.Registry = () => Task.FromResult(bench.TopologyOf(2, peers: 2));
        var read = await bench.CreateReader().Get(TestBlocks.Key(0));
        Assert.Equal("new", Encoding.UTF8.GetString(Assert.Single(read.Events).Payload.Bytes));
        Assert.Null(read.Doubt);
    }

    [Fact]
    public async Task Without_the_registry_not_found_is_in_doubt_and_what_is_found_is_not()
    {
        await using var bench = await ScanBench.StartAsync(_a.Hold(TestBlocks.One(0, "a")));
        bench.Registry = static () => throw new InvalidOperationException("No registry.");
        var reader = bench.CreateReader();
        Assert.Contains("could not be confirmed", (await reader.Get(TestBlocks.Key(1))).Doubt, StringComparison.Ordinal);
        var found = await reader.Get(TestBlocks.Key(0));
        Assert.Single(found.Events);
        Assert.Null(found.Doubt);
    }

    [Fact]
    public async Task A_silo_that_knows_no_peers_does_not_say_that_there_is_no_such_event()
    {
        await using var bench = await ScanBench.StartUnknowingAsync(_a);
        await Assert.ThrowsAsync<RegistryUnavailableException>(() => bench.CreateReader().Get(TestBlocks.Key(0)));
    }
}
