using AllData.Errors;
using AllData.Membership;
using AllData.Tests.Support;
using AllData.Tests.Unit.Reading;

namespace AllData.Tests.Unit.Membership;

/// <summary>What a silo believes of a topology.</summary>
public sealed class TopologyCacheTests
{
    [Fact]
    public async Task A_silo_that_knows_no_peer_that_stores_says_that_it_cannot_answer()
    {
        await using var bench = await ScanBench.StartUnknowingAsync();
        bench.Tell(5, 0);

        await Assert.ThrowsAsync<RegistryUnavailableException>(() => bench.ScanAsync());
        await Assert.ThrowsAsync<RegistryUnavailableException>(() => bench.CreateReader().Get(TestBlocks.Key(0)));
    }
}
