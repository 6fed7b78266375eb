using System.Text;
using AllData.Errors;
using AllData.Events;
using AllData.Peers;
using AllData.Puts;
using AllData.Reading;
using AllData.Replication;
using Microsoft.Extensions.DependencyInjection;

namespace AllData.Tests.Unit.Putting;

/// <summary>An application that is tested without a store: it depends on the interfaces, and the test writes both by hand.</summary>
public sealed class MockedStoreTests
{
    private readonly FakeClient _client = new();

    [Fact]
    public async Task An_application_is_tested_with_a_client_and_a_reader_written_by_hand()
    {
        var app = new Orders(_client, _client);
        await app.PlaceAsync("apples");
        await app.PlaceAsync("pears");
        Assert.Equal(["apples", "pears"], await app.ListAsync());
    }

    [Fact]
    public async Task What_the_application_does_when_a_put_fails_or_a_scan_is_in_doubt_can_be_tested_too()
    {
        var app = new Orders(_client, _client);
        _client.Fails = new NotEnoughPeersException("Three are needed.", 3, 1);
        await Assert.ThrowsAsync<NotEnoughPeersException>(() => app.PlaceAsync("apples"));
        _client.Doubts = [new ScanDoubt(default, EventKey.MaxValue, PeerId.Parse("north-a"), "It did not answer.")];
        Assert.Contains("north-a", (await Assert.ThrowsAsync<InvalidOperationException>(app.ListAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scan_in_memory_keeps_to_the_range_that_was_asked_for()
    {
        for (var i = 0; i < 10; i++)
        {
            await _client.PutAsync(EventPayload.FromText($"{i}"));
        }

        var keys = _client.Stored.Keys.ToList();
        var scan = _client.Scan(new ScanRange { From = keys[1], To = keys[8], After = keys[2], Limit = 3 });
        var texts = new List<string>();
        await foreach (var e in scan)
        {
            texts.Add(Encoding.UTF8.GetString(e.Payload.Span));
        }

        Assert.Equal(["3", "4", "5"], texts);
        Assert.Equal((keys[5], 3L, true), (scan.LastKey, scan.Outcome.Events, scan.Outcome.IsComplete));
    }

    [Fact]
    public async Task Both_interfaces_are_registered_beside_the_client_and_what_the_host_registers_before_is_kept()
    {
        var services = new ServiceCollection();
        services.AddSingleton(new FakeGateways("north/a").Grains);
        services.AddAllDataClient().AddAllDataClient();
        await using var provider = services.BuildServiceProvider();
        Assert.Same(provider.GetRequiredService<AllDataClient>(), provider.GetRequiredService<IAllDataClient>());
        Assert.NotNull(provider.GetRequiredService<IEventReader>());
        Assert.Single(provider.GetServices<Microsoft.Extensions.Hosting.IHostedService>());

        var mocked = new ServiceCollection();
        mocked.AddSingleton<IAllDataClient>(_client).AddSingleton<IEventReader>(_client).AddAllDataClient();
        await using var own = mocked.BuildServiceProvider();
        Assert.Same(_client, own.GetRequiredService<IAllDataClient>());
        Assert.Same(_client, own.GetRequiredService<IEventReader>());
    }

    /// <summary>The application.</summary>
    private sealed class Orders(IAllDataClient client, IEventReader reader)
    {
        public Task PlaceAsync(string what) => client.PutAsync(EventPayload.FromText(what));

        public async Task<List<string>> ListAsync()
        {
            var scan = reader.Scan(ScanRange.All);
            var orders = new List<string>();
            await foreach (var e in scan)
            {
                orders.Add(Encoding.UTF8.GetString(e.Payload.Span));
            }

            return scan.Outcome.IsComplete ? orders : throw new InvalidOperationException(string.Join(", ", scan.Outcome.Doubts));
        }
    }

    /// <summary>The test's store.</summary>
    private sealed class FakeClient : IAllDataClient, IEventReader
    {
        private int _sequence;

        public SortedDictionary<EventKey, EventPayload> Stored { get; } = [];

        public PutException? Fails { get; set; }

        public ScanDoubt[] Doubts { get; set; } = [];

        public Task<PutReceipt> PutAsync(EventPayload payload, PutOptions? options = null, CancellationToken cancellation = default) =>
            PutAsync(EventKey.Create(1_700_000_000_000, 1, _sequence++), payload, options, cancellation);

        public Task<PutReceipt> PutAsync(EventKey key, EventPayload payload, PutOptions? options = null, CancellationToken cancellation = default)
        {
            if (Fails is not null)
            {
                return Task.FromException<PutReceipt>(Fails);
            }

            Stored.Add(key, payload);
            return Task.FromResult(new PutReceipt(key, PutOutcome.Stored, [], CommitLevel.Quorum, Adherence.Strict));
        }

        public Task<PutResults> PutManyAsync(
            IReadOnlyCollection<EventPayload> payloads, PutOptions? options = null, CancellationToken cancellation = default) =>
            throw new NotSupportedException();

        public Task<PutResults> PutManyAsync(
            IReadOnlyCollection<KeyValuePair<EventKey, EventPayload>> events, PutOptions? options = null, CancellationToken cancellation = default) =>
            throw new NotSupportedException();

        public Task FlushAsync(CancellationToken cancellation = default) => Task.CompletedTask;

        public Task<EventReadResult> GetAsync(EventKey key, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public EventScan Scan(ScanRange range) =>
            EventScan.Of(Stored.Select(static e => new ScannedEvent(e.Key, e.Value.Bytes, false)), range, [.. Doubts]);
    }
}
