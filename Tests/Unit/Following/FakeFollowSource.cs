using System.Collections.Immutable;
using AllData.Events;
using AllData.Following;
using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Following;

/// <summary>A store in memory, as far as readers that follow see it.</summary>
internal sealed class FakeFollowSource : IFollowSource
{
    private int _shared;
    private int _own;

    /// <summary>The events.</summary>
    public FakeScan Events { get; } = new() { PageEvents = 3 };

    /// <summary>Up to where nothing more can appear.</summary>
    public EventKey? Safe { get; set; } = FakeScan.Key(0);

    /// <summary>What keeps it back.</summary>
    public ImmutableArray<ScanDoubt> HeldUpBy { get; set; } = [];

    /// <summary>What a scan is in doubt of.</summary>
    public ImmutableArray<ScanDoubt> Doubts { get; set; } = [];

    /// <summary>Thrown by the next scan of one reader.</summary>
    public Exception? OwnFails { get; set; }

    /// <summary>Whether the silo stops.</summary>
    public bool IsStopping { get; set; }

    /// <summary>Scans for all readers.</summary>
    public int SharedScans => Volatile.Read(ref _shared);

    /// <summary>Scans for one reader.</summary>
    public int OwnScans => Volatile.Read(ref _own);

    public Task<SafePointReading> ReadSafePointAsync() => Task.FromResult(new SafePointReading(Safe, HeldUpBy));

    public IAsyncEnumerable<ScanPage> ReadSharedAsync(EventKey after, EventKey upTo, CancellationToken stop)
    {
        Interlocked.Increment(ref _shared);
        return ReadAsync(after, upTo);
    }

    public IAsyncEnumerable<ScanPage> ReadOwnAsync(EventKey after, EventKey upTo, Topic? topic)
    {
        Interlocked.Increment(ref _own);
        return ReadAsync(after, upTo, OwnFails);
    }

    // As the store does: a doubt comes with the first page of what is in doubt.
    private async IAsyncEnumerable<ScanPage> ReadAsync(EventKey after, EventKey upTo, Exception? failure = null)
    {
        if (failure is not null)
        {
            throw failure;
        }

        var doubts = Doubts;
        await foreach (var page in Events.Read(new ScanRange { After = after, To = upTo.GetSuccessor() }))
        {
            var isDoubted = !doubts.IsEmpty && (page.IsLast || page.LastKey >= doubts[0].From);
            yield return new ScanPage(page.Records.ToArray(), page.Count, page.LastKey, page.Conflicts, isDoubted ? doubts : [], page.IsLast)
            {
                Topics = page.Topics,
            };
            doubts = isDoubted ? [] : doubts;
        }
    }
}
