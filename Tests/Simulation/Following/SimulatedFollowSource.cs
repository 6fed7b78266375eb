using System.Runtime.CompilerServices;
using AllData.Events;
using AllData.Following;
using AllData.Reading;
using AllData.Simulation.Running;

namespace AllData.Simulation.Following;

/// <summary>
/// Reads the whole store for readers that follow, with the shipped survey and the shipped scan. What bounds the scans of readers that are behind is not in
/// it: it works on the thread pool.
/// </summary>
internal sealed class SimulatedFollowSource(World world, ScanServices services) : IFollowSource
{
    private readonly WatermarkSurvey _watermarks = new(services);

    /// <inheritdoc/>
    public bool IsStopping => false;

    /// <inheritdoc/>
    public async Task<SafePointReading> ReadSafePointAsync() => SafePointReading.Of(await _watermarks.TakeAsync());

    /// <inheritdoc/>
    public IAsyncEnumerable<ScanPage> ReadSharedAsync(EventKey after, EventKey upTo, CancellationToken stop) => ReadAsync(after, upTo, stop);

    /// <inheritdoc/>
    public IAsyncEnumerable<ScanPage> ReadOwnAsync(EventKey after, EventKey upTo, Topic? topic) => ReadAsync(after, upTo, CancellationToken.None, topic);

    private async IAsyncEnumerable<ScanPage> ReadAsync(
        EventKey after, EventKey upTo, [EnumeratorCancellation] CancellationToken stop, Topic? topic = null)
    {
        await foreach (var page in new PositionScan(services, after, upTo, topic).ReadPagesAsync(stop))
        {
            yield return world.Settings.Bug == PlantedBug.PassDoubts
                ? new ScanPage(page.Records.ToArray(), page.Count, page.LastKey, page.Conflicts, [], page.IsLast) { Arrivals = page.Arrivals }
                : page;
        }
    }
}
