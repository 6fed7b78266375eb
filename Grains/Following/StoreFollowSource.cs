using AllData.Configuration;
using AllData.Events;
using AllData.Reading;
using Microsoft.Extensions.Options;

namespace AllData.Following;

/// <summary>Reads the whole store for readers that follow, by position.</summary>
internal sealed class StoreFollowSource(ScanServices services, ScanGate gate, IOptions<AllDataOptions> options) : IFollowSource
{
    private readonly WatermarkSurvey _watermarks = new(services);

    /// <inheritdoc/>
    public bool IsStopping => services.HostedPeer.IsStopping;

    /// <inheritdoc/>
    public async Task<SafePointReading> ReadSafePointAsync() => SafePointReading.Of(await _watermarks.TakeAsync());

    /// <inheritdoc/>
    public IAsyncEnumerable<ScanPage> ReadSharedAsync(EventKey after, EventKey upTo, CancellationToken stop) => ScanOf(after, upTo).ReadPagesAsync(stop);

    /// <inheritdoc/>
    public IAsyncEnumerable<ScanPage> ReadOwnAsync(EventKey after, EventKey upTo, Topic? topic) =>
        new ScanAhead(gate, services.Time, minBytesPerSecond: options.Value.Limits.ScanMinBytesPerSecond)
            .ReadAsync(stop => ScanOf(after, upTo, topic).ReadPagesAsync(stop), static page => page.Records.Length);

    private PositionScan ScanOf(EventKey after, EventKey upTo, Topic? topic = null) => new(services, after, upTo, topic);
}
