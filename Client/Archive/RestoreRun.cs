using AllData.Client.Commands;
using AllData.Client.Terminals;
using AllData.Reading;

namespace AllData.Client.Archive;

/// <summary>What was restored.</summary>
/// <param name="Sent">Events that the cluster did not have, and that were sent.</param>
/// <param name="After">What the cluster has now.</param>
internal sealed record RestoreResult(long Sent, ArchiveDifference After);

/// <summary>
/// Brings back what a cluster does not have of an archived interval, and reads the interval there again. Interrupted, it goes on when it is run again: what is
/// there is not sent.
/// </summary>
internal sealed class RestoreRun(ClientServices services, ClusterSession cluster, ArchivedInterval archive)
{
    private long _passed;

    /// <summary>Restores.</summary>
    public async Task<RestoreResult> RunAsync(CancellationToken cancellation)
    {
        var (sender, after) = (new RestoreSender(cluster), default(ArchiveDifference));
        var comparison = new ArchiveComparison(cluster.Grains.CreateEventReader(), archive);
        await ShowAsync("sent where they are missing", async () =>
        {
            await comparison.RunAsync(
                async (one, isHeld) =>
                {
                    Interlocked.Increment(ref _passed);
                    if (!isHeld)
                    {
                        await sender.AddAsync(one, cancellation);
                    }
                },
                cancellation);
            await sender.FlushAsync(cancellation);
        });
        await ShowAsync("read again from the cluster", async () => after = await comparison.RunAsync(
            (_, _) =>
            {
                Interlocked.Increment(ref _passed);
                return ValueTask.CompletedTask;
            },
            cancellation));
        return new RestoreResult(sender.Sent, after!);
    }

    private Task ShowAsync(string what, Func<Task> work)
    {
        Interlocked.Exchange(ref _passed, 0);
        var all = Math.Max(1, archive.Certificate.Content.Events);
        return new WorkProgress(
            services.Terminal, () => $"{Amount.OfEvents(Interlocked.Read(ref _passed))} {what}",
            () => Math.Min(1, Interlocked.Read(ref _passed) / (double)all), services.Time).ShowAsync(() => Task.Run(work));
    }
}
