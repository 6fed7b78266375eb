using System.Collections.Immutable;
using AllData.Diagnostics;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Following.Live;

/// <summary>One silo that is told of acknowledged blocks: one message at a time, with all that has come meanwhile, up to a bound.</summary>
/// <param name="peer">Its peer.</param>
/// <param name="tell">Tells it.</param>
/// <param name="time">The clock.</param>
internal sealed class LiveListener(PeerId peer, Func<ImmutableArray<BlockBytes>, Task> tell, TimeProvider time)
{
    /// <summary>Bytes that wait for the silo; more are left out.</summary>
    public const long MostBytes = 4 << 20;

    private const long MessageBytes = 1 << 20;

    // Longer than any answer that is of use: a silo that hangs is left out until it asks again.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Queue<BlockBytes> _waiting = new();
    private long _bytes;
    private long _lost;
    private long _askedAt = time.GetTimestamp();
    private volatile bool _hasFailed;
    private bool _isTelling;

    /// <summary>The peer of the silo.</summary>
    public PeerId Peer => peer;

    /// <summary>Blocks that it was not told of.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Whether it is told no more: it has not asked for long, or did not take what it was told.</summary>
    public bool IsOver => _hasFailed || time.GetElapsedTime(Interlocked.Read(ref _askedAt)) > LiveNews.Lease;

    /// <summary>It has asked again.</summary>
    public void Renew() => Interlocked.Exchange(ref _askedAt, time.GetTimestamp());

    /// <summary>Tells it of a block, soon, if there is room.</summary>
    public void Offer(BlockBytes block)
    {
        lock (_gate)
        {
            if (_hasFailed || (_bytes > 0 && _bytes + block.Bytes.Length > MostBytes))
            {
                Interlocked.Increment(ref _lost);
                return;
            }

            _waiting.Enqueue(block);
            _bytes += block.Bytes.Length;
            if (_isTelling)
            {
                return;
            }

            _isTelling = true;
        }

        // On the thread pool: a put is about to be answered. What is told from there on is not of this put alone.
        using var flow = AllDataActivities.LeaveTrace();
        _ = Task.Run(TellAsync);
    }

    private async Task TellAsync()
    {
        while (Take() is { Length: > 0 } blocks)
        {
            try
            {
                await tell(blocks).WaitAsync(Patience, time);
            }
            catch (Exception)
            {
                // It asks again if it lives, and its readers miss nothing.
                GiveUp(blocks.Length);
            }
        }
    }

    private void GiveUp(int untold)
    {
        lock (_gate)
        {
            _hasFailed = true;
            Interlocked.Add(ref _lost, untold + _waiting.Count);
            _waiting.Clear();
            _bytes = 0;
        }
    }

    private ImmutableArray<BlockBytes> Take()
    {
        lock (_gate)
        {
            var (blocks, bytes) = (ImmutableArray.CreateBuilder<BlockBytes>(), 0L);
            while (bytes < MessageBytes && _waiting.TryDequeue(out var block))
            {
                blocks.Add(block);
                bytes += block.Bytes.Length;
            }

            _bytes -= bytes;
            _isTelling = blocks.Count > 0;
            return blocks.DrainToImmutable();
        }
    }
}
