using AllData.Events;
using AllData.Replication;

namespace AllData.Reading;

/// <summary>Reads through the store's grains.</summary>
internal sealed class GrainEventReader(IGrainFactory grains) : IEventReader
{
    public Task<ReadResult> GetAsync(EventKey key, CancellationToken cancellationToken) =>
        grains.GetEventReader().Get(key).WaitAsync(cancellationToken);

    public EventScan Scan(ScanRange range) => new(grains, range);
}
