using AllData.Client.Connection;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Tests.Unit.Client;

public sealed class StoreCheckTests
{
    private static readonly Guid One = Guid.Parse("6d1f4a5e-0000-4000-8000-000000000001");
    private static readonly Guid Two = Guid.Parse("6d1f4a5e-0000-4000-8000-000000000002");

    [Fact]
    public void Gateways_of_two_stores_are_refused_with_a_sentence_that_names_both_and_their_gateways()
    {
        var error = Assert.Throws<UsageException>(() => StoreCheck.Refuse([Of(One, "north-a", 8281), Of(Two, "local", 9281), Of(One, "north-a", 8281)]));
        Assert.Contains($"{One} at 127.0.0.1:8281 (peer north-a); {Two} at 127.0.0.1:9281 (peer local)", error.Message, StringComparison.Ordinal);
        Assert.Contains("--gateway", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gateways_of_one_store_are_taken_and_those_that_do_not_know_it_yet()
    {
        StoreCheck.Refuse([Of(One, "north-a", 8281), Of(One, "north-b", 8282), Of(null, "west-c", 8283)]);
        StoreCheck.Refuse([]);
    }

    private static StoreDescription Of(Guid? store, string peer, int port) => new()
    {
        Store = store,
        Peer = PeerId.Parse(peer),
        Gateway = $"127.0.0.1:{port}",
        MaxEventBytes = 1,
        MaxPutManyEvents = 1,
        MaxPutManyBytes = 1,
    };
}
