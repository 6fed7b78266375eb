using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Errors;
using AllData.Events;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Keys;
using AllData.Replication;
using AllData.Storage.Directories;
using Microsoft.Extensions.Options;

namespace AllData.Coordination;

/// <summary>The silo's one source of keys: the pure generator, the lease file ahead of it, and the ordinal from the registry.</summary>
/// <param name="peer">The silo's own peer.</param>
/// <param name="topologies">Where the ordinal comes from.</param>
/// <param name="clock">Whether this silo's clock can be trusted.</param>
/// <param name="reserved">Keys handed out here that may come back as fresh.</param>
/// <param name="outstanding">Keys handed out here under which an event may still appear.</param>
/// <param name="pending">The puts in flight.</param>
/// <param name="options">How far a lease reaches.</param>
/// <param name="time">The clock.</param>
/// <param name="scheduler">Where a lease is extended in the background: the thread pool, or a simulated process.</param>
internal sealed class KeyIssuer(
    ICoordinatingPeer peer,
    ITopologies topologies,
    ClusterClock clock,
    ReservedKeys reserved,
    OutstandingKeys outstanding,
    PendingKeys pending,
    IOptions<AllDataOptions> options,
    TimeProvider time,
    TaskScheduler scheduler) : IConditionSource
{
    private static readonly TimeSpan LeaseBound = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _leasing = new(1, 1);
    private readonly Lock _reserving = new();
    private KeyGenerator? _generator;

    // Readers may have passed what lies below. Under the lock of reserving.
    private EventKey _passed;
    private long _begun;
    private int _isExtendingEarly;

    /// <summary>Hands out ascending keys. Waits only for the lease file, and only where it could not be extended in time.</summary>
    /// <exception cref="KeysUnavailableException">No ordinal yet, no lease, or the clock is too far behind.</exception>
    public async ValueTask<EventKey[]> ReserveAsync(int count)
    {
        var keys = new EventKey[count];
        await IssueAsync(keys, Reserve);
        reserved.OnIssued(keys);
        return keys;
    }

    /// <summary>Begins a put whose events have given keys, or none yet: what it may write counts as in flight until it ends.</summary>
    public PendingKeys.Pending Begin(ReadOnlySpan<KeyedEvent> events)
    {
        var (low, lacksKeys) = (EventKey.MaxValue, false);
        foreach (ref readonly var one in events)
        {
            lacksKeys |= one.Key == default;
            low = one.Key != default && one.Key < low ? one.Key : low;
        }

        return pending.Enter(lacksKeys ? Min(_generator?.Next(KeyRange.Own) ?? default, low) : low);
    }

    /// <summary>
    /// Begins a put of given keys. Those below a watermark that was reported are late: readers may have passed them, and nothing holds readers up for them.
    /// The others count as in flight until the put ends.
    /// </summary>
    /// <param name="events">The events.</param>
    /// <param name="isLate">Receives whether each is late.</param>
    public PendingKeys.Pending BeginGiven(ReadOnlySpan<KeyedEvent> events, Span<bool> isLate)
    {
        // In one step with the reports: a watermark that is reported now lies below these keys, or the keys are late.
        lock (_reserving)
        {
            // Without an ordinal nothing can be put.
            var passed = topologies.Current.OwnOrdinal is null ? EventKey.MaxValue : FindPassed();
            var low = EventKey.MaxValue;
            for (var i = 0; i < events.Length; i++)
            {
                isLate[i] = events[i].Key < passed;
                low = !isLate[i] && events[i].Key < low ? events[i].Key : low;
            }

            return pending.Enter(low);
        }
    }

    /// <summary>Issues the positions of late events of a block: that of the first, and what counts as in flight until the block is settled.</summary>
    /// <param name="count">How many events.</param>
    /// <exception cref="KeysUnavailableException">As <see cref="ReserveAsync"/>.</exception>
    public async ValueTask<(EventKey Arrival, PendingKeys.Pending InFlight)> ArriveAsync(int count)
    {
        var inFlight = pending.Enter(_generator?.Next(KeyRange.Own) ?? default);
        try
        {
            var arrivals = new EventKey[count];
            await IssueAsync(arrivals, IssueOwn);
            inFlight.Raise(arrivals[0]);
            return (arrivals[0], inFlight);
        }
        catch
        {
            inFlight.Dispose();
            throw;
        }
    }

    /// <summary>Events of a put of fresh keys were acknowledged.</summary>
    public void OnAcknowledged(ReadOnlySpan<KeyedEvent> events) => outstanding.OnAcknowledged(events);

    /// <summary>
    /// The smallest key under which a put through this silo may still write, now or later: of the puts in flight, of the keys that
    /// were handed out, and of those yet to be issued. Given keys that come later and lie below are late.
    /// </summary>
    /// <exception cref="KeysUnavailableException">This silo may not act as its peer, or its lease cannot be extended.</exception>
    public async ValueTask<EventKey> GetLowWatermarkAsync()
    {
        ThrowIfRefused();
        var generator = Generator();
        while (true)
        {
            KeyIssue issue;
            lock (_reserving)
            {
                var now = Now;
                issue = generator.PassBy(now, out var next);
                if (issue.Status == KeyIssueStatus.Issued)
                {
                    // After the keys yet to be issued: a put enters before it has its keys. Never ahead of the clock: a silo that joins now begins behind it.
                    var watermark = Min(Min(Min(next, outstanding.Lowest(now)), pending.Lowest), EventKey.FirstAt(now));
                    _passed = FindPassed() is var passed && passed > watermark ? passed : watermark;
                    return watermark;
                }
            }

            await ExtendAsync(generator, issue.LeaseUntil);
        }
    }

    /// <summary>Gives keys to the events that have none, ascending.</summary>
    /// <exception cref="KeysUnavailableException">As <see cref="ReserveAsync"/>.</exception>
    public async ValueTask CompleteAsync(KeyedEvent[] events)
    {
        var keys = new EventKey[events.Count(static e => e.Key == default)];
        await IssueAsync(keys, IssueOwn);
        var next = 0;
        for (var i = 0; next < keys.Length; i++)
        {
            if (events[i].Key == default)
            {
                events[i] = events[i] with { Key = keys[next++] };
            }
        }
    }

    /// <summary>Finds the given keys that were handed out here and come back for the first time.</summary>
    public int TakeFresh(ReadOnlySpan<KeyedEvent> events, Span<bool> isFresh) =>
        reserved.Take(events, isFresh, outstanding.TimeOf(Now));

    /// <summary>Says whether keys that are about to be put can still be issued here. From then on they no longer count as fresh.</summary>
    public ImmutableArray<KeyIssuance> Judge(ImmutableArray<EventKey> keys)
    {
        // Before the answer: the caller is about to put them.
        reserved.Forget(keys.AsSpan());
        if (peer.Refusal is not null || topologies.Current.OwnOrdinal is null)
        {
            return [.. keys.Select(static _ => KeyIssuance.NotKnown)];
        }

        var (generator, now) = (Generator(), Now);
        return [.. keys.Select(key => key.Ordinal == generator.Ordinal ? generator.Judge(key, now) : KeyIssuance.NotKnown)];
    }

    /// <summary>The put was refused before any of it left: its keys may come back as fresh.</summary>
    public void GiveBack(ReadOnlySpan<EventKey> fresh) => reserved.OnIssued(fresh);

    /// <summary>Keys that were handed out here will not be used: nothing waits for them any more. If one is put all the same, it is looked up first.</summary>
    public void Release(ReadOnlySpan<EventKey> keys) => outstanding.OnReleased(reserved.Release(keys));

    private KeyIssue IssueOwn(KeyGenerator generator, EventKey[] keys) => generator.Issue(KeyRange.Own, Now, keys);

    // In one step: between the two a key would be neither yet to be issued nor handed out.
    private KeyIssue Reserve(KeyGenerator generator, EventKey[] keys)
    {
        lock (_reserving)
        {
            var issue = generator.Issue(KeyRange.Reserved, Now, keys);
            if (issue.Status == KeyIssueStatus.Issued)
            {
                outstanding.OnIssued(keys);
            }

            return issue;
        }
    }

    private async ValueTask IssueAsync(EventKey[] keys, Func<KeyGenerator, EventKey[], KeyIssue> tryIssue)
    {
        ThrowIfRefused();

        // Before the lease is pushed ahead: it would keep this silo from issuing keys when its clock is right again.
        if (clock.WhyNoKeys() is { } reason)
        {
            throw new KeysUnavailableException(reason);
        }

        var generator = Generator();
        while (keys.Length > 0)
        {
            var issue = tryIssue(generator, keys);
            switch (issue.Status)
            {
                case KeyIssueStatus.Issued:
                    ExtendEarly(generator);
                    return;
                case KeyIssueStatus.LeaseNeeded:
                    await ExtendAsync(generator, issue.LeaseUntil);
                    break;
                default:
                    throw new KeysUnavailableException(issue.Reason!) { RetryAfter = TimeSpan.FromMilliseconds(issue.OpenFrom - Now) };
            }
        }
    }

    /// <summary>Refuses where this silo may not act as its peer.</summary>
    /// <exception cref="KeysUnavailableException">The registry has not accepted it.</exception>
    public void ThrowIfRefused()
    {
        if (peer.Refusal is { } refusal)
        {
            throw new KeysUnavailableException($"Peer '{peer.Id}' takes no puts now: {refusal} Put through another silo.");
        }
    }

    private EventKey FindPassed()
    {
        // With it comes where this process began.
        _ = Generator();
        return EventKey.FirstAt(Volatile.Read(ref _begun)) is var begun && begun > _passed ? begun : _passed;
    }

    private static EventKey Min(EventKey one, EventKey? other) => other is { } key && key < one ? key : one;

    /// <inheritdoc/>
    public IEnumerable<SiloCondition> Conditions
    {
        get
        {
            if (peer.Refusal is null && topologies.Current.OwnOrdinal is not null && Generator().WhyRefused(Now) is { } refused)
            {
                yield return new SiloCondition("keys-run-ahead", StopsPuts: true, refused.Reason!);
            }
        }
    }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private KeyGenerator Generator()
    {
        if (_generator is { } generator)
        {
            return generator;
        }

        var ordinal = topologies.Current.OwnOrdinal ?? throw new KeysUnavailableException(
            $"Peer '{peer.Id}' has no ordinal yet: the peer registry has not answered since this data directory was made. "
            + "Try again, or put through another silo.");

        // Former openings of the directory have reported nothing beyond their leases, and silos that were there before it nothing behind its first one. A peer
        // that was dropped has held up nothing since: before this process began, readers may have passed anything.
        Interlocked.CompareExchange(ref _begun, Math.Max(peer.Directory.LeasedUntil + 1, Now), 0);

        // The generator never changes: a second one would issue the first one's keys again.
        Interlocked.CompareExchange(
            ref _generator,
            new KeyGenerator(ordinal, peer.IntervalLength, peer.Directory.LeasedUntil, options.Value.Deadlines.KeyLease),
            null);
        return _generator;
    }

    /// <summary>Extends a half-used lease in the background, so that no put waits for the flush.</summary>
    private void ExtendEarly(KeyGenerator generator)
    {
        if (generator.ShouldExtendLease(Now, out var until) && Interlocked.Exchange(ref _isExtendingEarly, 1) == 0)
        {
            _ = Task.Factory.StartNew(async () =>
            {
                try
                {
                    await ExtendAsync(generator, until);
                }
                catch (KeysUnavailableException)
                {
                    // The next caller that needs the lease meets the same error and reports it.
                }
                finally
                {
                    Volatile.Write(ref _isExtendingEarly, 0);
                }
            }, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler);
        }
    }

    private async Task ExtendAsync(KeyGenerator generator, long until)
    {
        if (!await _leasing.WaitAsync(LeaseBound))
        {
            throw new KeysUnavailableException(
                $"The key lease of peer '{peer.Id}' could not be extended within {LeaseBound}: its disk hangs. Put through another silo.");
        }

        try
        {
            peer.Directory.ExtendLease(until);
            generator.ExtendLease(until);
        }
        catch (DataDirectoryException e)
        {
            throw new KeysUnavailableException(e.Message);
        }
        finally
        {
            _leasing.Release();
        }
    }
}
