using System.Threading.Channels;

namespace AllData.Reading;

/// <summary>Runs a scan a few pages ahead of its reader, and ends it when the reader stops.</summary>
internal sealed class ScanAhead(ScanGate gate, TimeProvider time, bool forAudit = false)
{
    /// <summary>
    /// How long the next page waits for its reader. One that died without a word looks like a slow one; without a bound, scans of dead readers
    /// would fill the gate until their grains are collected. A slow one is served again, from behind its last key.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    // How far the merge is ahead of the reader, not counting the page in flight.
    private const int PagesAhead = 2;

    /// <summary>The pages of a scan.</summary>
    /// <param name="scan">Begins the scan; it is over soon after its token is cancelled.</param>
    /// <exception cref="Errors.TooManyScansException">The maximum is running.</exception>
    /// <exception cref="TimeoutException">The reader has not taken a page for too long.</exception>
    public async IAsyncEnumerable<T> ReadAsync<T>(Func<CancellationToken, IAsyncEnumerable<T>> scan)
    {
        var place = gate.Enter(forAudit);
        var stop = new CancellationTokenSource();
        var pages = Channel.CreateBounded<T>(PagesAhead);

        // On the thread pool: merging in a grain's turn would make every answer wait for it.
        _ = Task.Run(() => RunAsync(scan, pages.Writer, place, stop.Token), CancellationToken.None);
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
        Func<CancellationToken, IAsyncEnumerable<T>> scan, ChannelWriter<T> pages, ScanPlace place, CancellationToken stop)
    {
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stop, place.Evicted);
        try
        {
            await foreach (var page in scan(any.Token))
            {
                await WriteAsync(page, pages, place, any.Token);
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

    private async Task WriteAsync<T>(T page, ChannelWriter<T> pages, ScanPlace place, CancellationToken stop)
    {
        try
        {
            place.Wait();
            await pages.WaitToWriteAsync(stop).AsTask().WaitAsync(Patience, time, stop);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"No page of this scan was read for {Patience}. Scan again after the last key that was read.");
        }

        place.GoOn();
        pages.TryWrite(page);
    }

    private static TimeoutException Evicted() => new(
        $"Other scans are waiting, and no page of this scan was read for {ScanGate.CrowdedPatience}. Scan again after the last key that was read.");
}
