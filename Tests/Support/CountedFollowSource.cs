using AllData.Events;
using AllData.Following;
using AllData.Reading;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;

namespace AllData.Tests.Support;

/// <summary>Counts what the silos of a test cluster read from the store for readers that follow.</summary>
internal sealed class CountedFollowSource
{
    private int _own;
    private long _events;

    /// <summary>Scans of readers that are behind.</summary>
    public int Own => Volatile.Read(ref _own);

    /// <summary>Events that were read, as often as they were.</summary>
    public long Events => Interlocked.Read(ref _events);

    /// <summary>Lets a silo read through this.</summary>
    public void AddTo(ISiloBuilder silo) => silo.Services.AddSingleton<IFollowSource>(
        services => new Counting(this, ActivatorUtilities.CreateInstance<StoreFollowSource>(services)));

    private async IAsyncEnumerable<ScanPage> CountAsync(IAsyncEnumerable<ScanPage> pages)
    {
        await foreach (var page in pages)
        {
            Interlocked.Add(ref _events, page.Count);
            yield return page;
        }
    }

    private sealed class Counting(CountedFollowSource counts, IFollowSource source) : IFollowSource
    {
        public bool IsStopping => source.IsStopping;

        public Task<SafePointReading> ReadSafePointAsync() => source.ReadSafePointAsync();

        public IAsyncEnumerable<ScanPage> ReadSharedAsync(EventKey after, EventKey upTo, CancellationToken stop) =>
            counts.CountAsync(source.ReadSharedAsync(after, upTo, stop));

        public IAsyncEnumerable<ScanPage> ReadOwnAsync(EventKey after, EventKey upTo, Topic? topic)
        {
            Interlocked.Increment(ref counts._own);
            return counts.CountAsync(source.ReadOwnAsync(after, upTo, topic));
        }
    }
}
