using AllData.Configuration;
using AllData.Errors;
using AllData.Events;
using AllData.Membership;
using AllData.Protocol;
using AllData.Storage;
using Microsoft.Extensions.Options;

namespace AllData.Coordination;

/// <summary>The silo's one source of keys: the pure generator, the lease file ahead of it, and the ordinal from the registry.</summary>
internal sealed class KeyIssuer(HostedPeer hostedPeer, TopologyCache topologies, IOptions<AllDataOptions> options, TimeProvider time)
{
    private readonly Lock _issuing = new();
    private readonly SemaphoreSlim _leasing = new(1, 1);
    private KeyGenerator? _generator;

    /// <summary>Fills the destination with ascending keys. Waits only for the lease file, and only where it could not be extended in time.</summary>
    /// <exception cref="KeysUnavailableException">No ordinal yet, no lease, or the clock is too far behind.</exception>
    public async ValueTask<EventKey[]> IssueAsync(int count, KeyClass keyClass)
    {
        var keys = new EventKey[count];
        while (true)
        {
            var result = TryIssue(keys, keyClass);
            switch (result.Status)
            {
                case KeyIssueStatus.Issued:
                    if (result.LeaseUntil is { } soon)
                    {
                        // Half of the lease is used: extended behind the caller's back, so that no put waits for the flush.
                        _ = Task.Run(() => TryExtendAsync(soon));
                    }

                    return keys;
                case KeyIssueStatus.LeaseNeeded:
                    await ExtendAsync(result.LeaseUntil!.Value);
                    break;
                default:
                    throw new KeysUnavailableException(result.Reason!);
            }
        }
    }

    private KeyIssueResult TryIssue(Span<EventKey> destination, KeyClass keyClass)
    {
        lock (_issuing)
        {
            return Generator().TryIssue(destination, keyClass, time.GetUtcNow().ToUnixTimeMilliseconds());
        }
    }

    private KeyGenerator Generator()
    {
        if (_generator is null)
        {
            var ordinal = topologies.OwnOrdinal ?? throw new KeysUnavailableException(
                $"Peer '{hostedPeer.Id}' has no ordinal yet: the peer registry has not answered since this data directory was made. "
                + "Try again, or put through another silo.");
            _generator = new KeyGenerator(ordinal, hostedPeer.Directory.LeasedUntil, options.Value.Deadlines.KeyLease, hostedPeer.IntervalLength);
        }

        return _generator;
    }

    private async Task ExtendAsync(long until)
    {
        await _leasing.WaitAsync();
        try
        {
            if (hostedPeer.Directory.LeasedUntil < until)
            {
                hostedPeer.Directory.ExtendLease(until);
            }

            lock (_issuing)
            {
                _generator!.OnLeaseExtended(hostedPeer.Directory.LeasedUntil);
            }
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

    private async Task TryExtendAsync(long until)
    {
        try
        {
            await ExtendAsync(until);
        }
        catch (KeysUnavailableException)
        {
            // Whoever needs the lease next meets the same error and tells its caller.
        }
    }
}
