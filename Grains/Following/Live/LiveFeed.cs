using System.Diagnostics.CodeAnalysis;
using AllData.Diagnostics;
using AllData.Encryption;
using AllData.Events;
using AllData.Protocol.Scans;
using AllData.Reading;
using AllData.Replication;
using Microsoft.Extensions.Logging;

namespace AllData.Following.Live;

/// <summary>
/// The events that the cluster's coordinators acknowledge, as far as this silo hears of them, for all of its live readers. It works only while there are some.
/// </summary>
internal sealed partial class LiveFeed(ILiveSources sources, IPayloadKeyProvider keys, TimeProvider time, ILogger<LiveFeed> logger)
{
    /// <summary>Between two questions for news. Shorter than the time for which a silo is told.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    // Events that come close together go on together: a page has its price for each reader.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private const long KeptBytes = 8 << 20;

    // Merged at once: the merge looks at each block that it has with each step.
    private const int MostBlocksAtOnce = 256;
    private const int PageBytes = 3 << 17;

    private readonly Lock _gate = new();
    private readonly LiveLog _log = new(KeptBytes);
    private readonly EventPageWriter _page = new(PageBytes, maxEvents: 1);
    private readonly Queue<BlockBytes> _coming = new();
    private readonly FollowPace _pace = new();
    private TaskCompletionSource _changed = NewSignal();
    private Task _asking = Task.CompletedTask;
    private long _comingBytes;
    private long _missed;
    private int _readers;
    private bool _isWorking;

    /// <summary>Bytes of blocks that wait; more are left out.</summary>
    public long MostComingBytes { get; set; } = 8 << 20;

    /// <summary>Blocks, and events of blocks, that live readers were not given before they were safe.</summary>
    public long Missed => Interlocked.Read(ref _missed);

    /// <summary>One more reader: as long as there are some, news is asked for.</summary>
    /// <returns>Disposed of when it follows no more.</returns>
    public IDisposable Enter()
    {
        lock (_gate)
        {
            _readers++;
            if (_asking.IsCompleted)
            {
                // Not in the trace of the first reader.
                using var flow = AllDataActivities.LeaveTrace();
                _asking = Task.Run(AskAsync);
            }
        }

        return new Reading(this);
    }

    /// <summary>A block was acknowledged. Returns at once; when as many wait as may, it is left out.</summary>
    public void Offer(BlockBytes block)
    {
        if (Volatile.Read(ref _readers) == 0)
        {
            return;
        }

        lock (_gate)
        {
            if (_comingBytes + block.Bytes.Length > MostComingBytes)
            {
                Interlocked.Increment(ref _missed);
                return;
            }

            _coming.Enqueue(block);
            _comingBytes += block.Bytes.Length;
            if (_isWorking)
            {
                return;
            }

            _isWorking = true;
        }

        _ = Task.Run(WorkAsync);
    }

    /// <summary>Where a reader begins that has everything that is safe.</summary>
    public LiveCursor Begin()
    {
        lock (_gate)
        {
            return new LiveCursor(_log.NextTurn);
        }
    }

    /// <summary>Takes the next events for a reader.</summary>
    /// <param name="cursor">What it has got.</param>
    /// <param name="position">Everything up to here it has got in order.</param>
    /// <param name="events">The events.</param>
    /// <param name="changed">Completes when there are more.</param>
    public bool TryTake(LiveCursor cursor, EventKey position, [NotNullWhen(true)] out ScanPage? events, out Task changed)
    {
        lock (_gate)
        {
            changed = _changed.Task;
            return _log.TryTake(cursor, position, out events);
        }
    }

    /// <summary>Events have become safe.</summary>
    /// <param name="events">The events, or null.</param>
    /// <param name="upTo">Up to where.</param>
    public void Pass(ScanPage? events, EventKey upTo)
    {
        lock (_gate)
        {
            _log.Pass(_readers > 0 ? events : null, upTo);
        }
    }

    /// <summary>Those of the events that became safe which a reader has not got.</summary>
    /// <exception cref="TimeoutException">It is not known any more: the reader was too slow.</exception>
    public ScanPage? RestOf(ScanPage? events, LiveCursor cursor) =>
        events is null ? null
        : _log.TryRest(cursor, events, out var rest) ? rest
        : throw new TimeoutException("This reader takes events too slowly to be given them live. It goes on after its position.");

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task AskAsync()
    {
        while (HasReaders())
        {
            try
            {
                await sources.AskAsync();
            }
            catch (Exception e)
            {
                LogNotAsked(e);
            }

            await Task.Delay(Period, time);
        }
    }

    private bool HasReaders()
    {
        lock (_gate)
        {
            _asking = _readers > 0 ? _asking : Task.CompletedTask;
            return _readers > 0;
        }
    }

    private async Task WorkAsync()
    {
        while (Take() is { Count: > 0 } blocks)
        {
            var bytes = 0;
            try
            {
                foreach (var page in Merge(blocks))
                {
                    bytes += page.Records.Length;
                    Append(page);
                }
            }
            catch (Exception e)
            {
                LogFailed(e, blocks.Count);
                Interlocked.Add(ref _missed, blocks.Count);
            }

            await RestAsync(_pace.RestAfter(bytes, Volatile.Read(ref _readers)));
        }
    }

    private async Task RestAsync(TimeSpan rest)
    {
        rest = rest > Pause ? rest : Pause;
        var began = time.GetTimestamp();
        await Task.Delay(rest, time);
        _pace.OnWoken(time.GetElapsedTime(began) - rest);
    }

    private List<BlockBytes> Take()
    {
        lock (_gate)
        {
            var blocks = new List<BlockBytes>(Math.Min(_coming.Count, MostBlocksAtOnce));
            while (blocks.Count < MostBlocksAtOnce && _coming.TryDequeue(out var block))
            {
                blocks.Add(block);
                _comingBytes -= block.Bytes.Length;
            }

            _isWorking = blocks.Count > 0;
            return blocks;
        }
    }

    private IEnumerable<ScanPage> Merge(List<BlockBytes> blocks)
    {
        var merge = new EventMerge(blocks.Count, default, EventKey.MaxValue);
        for (var i = 0; i < blocks.Count; i++)
        {
            merge.Feed(i, blocks[i].Bytes, isLast: true);
        }

        while (!merge.IsEnded)
        {
            _page.Restart(long.MaxValue);
            merge.Write(_page);
            if (_page.Count > 0)
            {
                var opened = OpenedPage.Of(_page, keys);
                yield return new ScanPage(opened.Records, opened.Count, _page.LastKey, opened.Conflicts, [], isLast: false)
                {
                    Unreadable = opened.Unreadable,
                    Topics = opened.Topics,
                };
            }
        }
    }

    private void Append(ScanPage page)
    {
        lock (_gate)
        {
            Interlocked.Add(ref _missed, _log.Append(page));
            _changed.TrySetResult();
            _changed = NewSignal();
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_readers == 0)
            {
                _log.Clear();
            }
        }
    }

    [LoggerMessage(LogLevel.Debug, "The silos could not be asked for what they acknowledge; live readers are given it when it is safe")]
    private partial void LogNotAsked(Exception failure);

    [LoggerMessage(LogLevel.Warning, "{Blocks} acknowledged blocks could not be given to live readers, which are given them when they are safe")]
    private partial void LogFailed(Exception failure, int blocks);

    private sealed class Reading(LiveFeed feed) : IDisposable
    {
        private int _hasLeft;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _hasLeft, 1) == 0)
            {
                feed.Leave();
            }
        }
    }
}
