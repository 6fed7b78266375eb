using AllData.Errors;
using AllData.Events;
using AllData.Reading;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Putting;

/// <summary>A client that was given gateways of two stores keeps to the one that answered first.</summary>
public sealed class OtherStoreTests
{
    private static readonly Guid Other = Guid.Parse("6d1f4a5e-0000-4000-8000-000000000002");

    private readonly FakeGateways _store = new("north/a", "north/b", "west/c", "west/d");

    [Fact]
    public async Task Events_go_to_the_store_that_answered_first_and_no_other_gets_any()
    {
        _store.All[1].Store = _store.All[2].Store = Other;
        await using var client = new AllDataClient(_store.Grains);
        for (var round = 0; round < 20; round++)
        {
            await Task.WhenAll(Enumerable.Range(0,
                50).Select(i => client.PutAsync(EventPayload.FromText($"r{round}e{i}"), new PutOptions { MinZones = 1 + (i % 9) }))).Soon();
        }

        var stores = _store.All.Where(static gateway => !gateway.Batches.IsEmpty).Select(static gateway => gateway.Store).Distinct();
        Assert.Single(stores);
        Assert.Equal(1_000, _store.Events.Count);
        Assert.All(_store.All.SelectMany(static gateway => gateway.Batches), static batch => Assert.NotNull(batch.Store));
    }

    [Fact]
    public async Task A_gateway_that_becomes_one_of_another_store_gets_nothing_more_and_the_events_keep_to_keys_of_their_own()
    {
        await using var client = new AllDataClient(_store.Grains);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => client.PutAsync(EventPayload.FromText($"a{i}")))).Soon();
        var other = _store.All[0];
        other.Store = Other;
        var before = other.Batches.Count;
        var receipts = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => client.PutAsync(EventPayload.FromText($"b{i}")))).Soon();
        Assert.Equal(before, other.Batches.Count);
        Assert.All(receipts, receipt => Assert.NotEqual(other.Ordinal, receipt.Key.Ordinal));
    }

    [Fact]
    public async Task Where_only_gateways_of_another_store_are_left_the_put_fails_and_names_both()
    {
        await using var client = new AllDataClient(_store.Grains,
            new AllDataClientOptions { CallTimeout = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(2) });
        await client.PutAsync(EventPayload.FromText("first")).Soon();
        var first = _store.All[0].Store;
        _store.All.ToList().ForEach(static gateway => gateway.Store = Other);
        var error = await Assert.ThrowsAnyAsync<PutException>(() => client.PutAsync(EventPayload.FromText("second"))).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(WrittenState.Nothing, error.Written);
        Assert.Equal(["first"], _store.Texts);
        Assert.NotEqual(first, Other);
    }

    [Fact]
    public async Task A_scan_goes_on_through_a_gateway_of_its_own_store_and_fails_where_there_is_none()
    {
        var answers = 0;
        var own = Guid.NewGuid();
        var grains = GrainStub.Of<IGrainFactory>((_, _) => GrainStub.Of<IEventScanGrain>((_, args) => Tag(++answers % 2 == 1 ? own
            : Other, (ScanRange)args[0]!)));
        var reader = grains.CreateEventReader();
        for (var round = 0; round < 3; round++)
        {
            var scan = reader.Scan(ScanRange.All);
            var count = 0;
            await foreach (var e in scan)
            {
                count++;
            }

            Assert.Equal((10, 10L), (count, scan.Outcome.Events));
        }

        var foreign = GrainStub.Of<IGrainFactory>((_, _) => GrainStub.Of<IEventScanGrain>((_, args) => Tag(Other, (ScanRange)args[0]!)));
        foreign.GetKnownStore().Accept(own);
        var error = await Assert.ThrowsAsync<OtherStoreException>(async () =>
        {
            await foreach (var e in foreign.CreateEventReader().Scan(ScanRange.All))
            {
            }
        });
        Assert.Equal((own, Other), (error.Expected, error.Actual));
        Assert.Contains(own.ToString(), error.Message, StringComparison.Ordinal);
        Assert.Contains(Other.ToString(), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_read_from_the_own_store_only()
    {
        var own = Guid.NewGuid();
        var answers = 0;
        var grains = GrainStub.Of<IGrainFactory>((_, _) => GrainStub.Of<IEventReaderGrain>(
            (_, args) => Task.FromResult(new EventReadResult((EventKey)args[0]!, [], []) { Store = ++answers % 2 == 1 ? own : Other })));
        for (var round = 0; round < 5; round++)
        {
            Assert.Equal(own, (await grains.CreateEventReader().GetAsync(FakeEventStore.FreshKey)).Store);
        }
    }

    private static async IAsyncEnumerable<ScanPage> Tag(Guid store, ScanRange range)
    {
        await foreach (var page in new FakeScan().AddMany(10).Read(range))
        {
            yield return page.From(store);
        }
    }
}
