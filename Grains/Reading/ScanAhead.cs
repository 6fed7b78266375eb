using System.Threading.Channels;

namespace AllData.Reading;

/// <summary>Runs a scan a few pages ahead of its reader, and ends it when the reader stops.</summary>
/// <param name="gate">Has the places.</param>
/// <param name="time">The clock.</param>
/// <param name="forOperator">Whether it may take one of the places that are kept for those that look after the cluster.</param>
/// <param name="minBytesPerSecond">The slowest rate of a reader; 0: only its silence is bounded.</param>
internal sealed class ScanAhead(ScanGate gate, TimeProvider time, bool forOperator = false, long minBytesPerSecond = 0)
{
    // How far the merge is ahead of the reader, not counting the page in flight.
    private const int PagesAhead = 2;

    /// <summary>The pages of a scan.</summary>
    /// <param name="scan">Begins the scan; it is over soon after its token is cancelled.</param>
    /// <param name="sizeOf">Bytes of a page; those of a page whose reader is not measured are 0.</param>
    /// <exception cref="Errors.TooManyScansException">The maximum is running.</exception>
    /// <exception cref="TimeoutException">The reader takes pages too slowly. It is served again, from behind its last key.</exception>
    public async IAsyncEnumerable<T> ReadAsync<T>(Func<CancellationToken, IAsyncEnumerable<T>> scan, Func<T, long>? sizeOf = null)
    {
        var place = gate.Enter(forOperator);
        var stop = new CancellationTokenSource();
        var pages = Channel.CreateBounded<T>(PagesAhead);

        // On the thread pool: merging in a grain's turn would make every answer wait for it.
        _ = Task.Run(() => RunAsync(scan, sizeOf ?? (static _ => 0), pages.Writer, place, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var page in pages.Reader.ReadAllAsync(CancellationToken.None))
            {
                yield return page;
            }
        }
        finally
        {
            await stop.CancelAsync();
        }
    }

    private async Task RunAsync<T>(
        Func<CancellationToken, IAsyncEnumerable<T>> scan, Func<T, long> sizeOf, ChannelWriter<T> pages, ScanPlace place, CancellationToken stop)
    {
        var pace = new ReaderPace(minBytesPerSecond, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stop, place.Evicted);
        try
        {
            await foreach (var page in scan(any.Token))
            {
                place.Wait();
                await pace.WaitAsync(pages.WaitToWriteAsync(any.Token).AsTask(), sizeOf(page), any.Token);
                place.GoOn();
                pages.TryWrite(page);
            }

            pages.Complete();
        }
        catch (Exception e)
        {
            pages.Complete(place.Evicted.IsCancellationRequested && !stop.IsCancellationRequested ? Evicted() : e);
        }
        finally
        {
            // Not earlier: until here the scan takes memory, whether it is read or not.
            place.Dispose();
        }
    }

    private static TimeoutException Evicted() => new(
        $"Other scans are waiting, and no page of this scan was read for {ScanGate.CrowdedPatience}. Scan again after the last key that was read.");
}
