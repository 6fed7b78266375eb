using AllData.Consumers;
using AllData.Errors;
using AllData.Events;
using AllData.Replication;

namespace AllData.Reading;

/// <summary>Reads through the store's grains.</summary>
internal sealed class GrainEventReader(IGrainFactory grains) : IEventReader
{
    // A client's calls go to its gateways in turn: a gateway of another store is skipped, unless all are.
    private const int MaxAttempts = 5;

    public async Task<EventReadResult> GetAsync(EventKey key, CancellationToken cancellationToken)
    {
        var store = grains.GetKnownStore();
        for (var attempt = 1; ; attempt++)
        {
            var result = await grains.GetEventReader().Get(key).WaitAsync(cancellationToken);
            try
            {
                store.Accept(result.Store);
                return result;
            }
            catch (OtherStoreException) when (attempt < MaxAttempts)
            {
            }
        }
    }

    public EventScan Scan(ScanRange range) => new(grains, range);

    public EventFollow FollowAsync(FollowStart start) => FollowAsync(start, FollowMode.Ordered);

    public EventFollow FollowAsync(FollowStart start, FollowMode mode) => new(grains, start, mode, TimeProvider.System);

    public EventConsumer ConsumeAsync(string name, FollowStart start) =>
        new(this, grains.CreateConsumerPositions(), ConsumerName.Parse(name), start, TimeProvider.System);
}
