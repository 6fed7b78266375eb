using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using AllData.Errors;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Protocol.Repair;
using AllData.Protocol.Topologies;
using AllData.Reading;
using AllData.Replication;

namespace AllData.Repair;

/// <summary>Audits, and checks of departures: a census added up.</summary>
/// <param name="services">What reading uses.</param>
/// <param name="census">Counts the copies.</param>
/// <param name="settle">How long a minute's copies may be in flight.</param>
internal sealed class ClusterAudit(ScanServices services, CopyCensus census, TimeSpan settle)
{
    /// <summary>Counts the copies of a range, window by window.</summary>
    /// <exception cref="RegistryUnavailableException">This silo does not know the peers yet.</exception>
    public async IAsyncEnumerable<AuditPage> RunAsync(AuditRange range, [EnumeratorCancellation] CancellationToken stop)
    {
        var from = range.From?.UnixMinute ?? UnixMinute.First;
        var end = range.To is { } to ? MinuteBehind(to) : SettledMinute;
        if (from >= end)
        {
            // No peer has to be asked: an audit of nothing leaves no doubt, even with silent peers.
            yield return new AuditPage(from, from, end, [], [], IsLast: true) { TooNewEvents = await CountTooNewAsync(from, range, stop) };
            yield break;
        }

        var isLast = false;
        while (!isLast)
        {
            var window = await NextAsync(from, end, stop);
            isLast = window.ToMinute >= end;
            yield return new AuditPage(from, window.ToMinute, end, CountOf(window), window.NotAnswering, isLast)
            {
                TooNewEvents = isLast ? await CountTooNewAsync(end, range, stop) : 0,
            };
            from = window.ToMinute;
        }
    }

    /// <summary>Counts what would be left without a peer.</summary>
    /// <exception cref="PeerRefusedException">It is not registered.</exception>
    /// <exception cref="RegistryUnavailableException">This silo does not know the peers yet.</exception>
    public async IAsyncEnumerable<DepartureCheck> CheckDepartureAsync(PeerId peer, [EnumeratorCancellation] CancellationToken stop)
    {
        var tally = new DepartureTally(p => p.Id == peer);
        var now = UnixMinute.Of(services.Time.GetUtcNow());
        var end = now + RepairAgenda.MinutesAhead;
        for (var from = UnixMinute.First; from < end;)
        {
            var window = await NextAsync(from, end, stop);
            if (window.Live.Topology.IndexOf(peer) < 0)
            {
                throw new PeerRefusedException($"Peer '{peer}' is not registered. Check the name with 'alldata peers'.", peer);
            }

            tally.Add(window);
            from = window.ToMinute;
            yield return tally.ToCheck(now, isEnded: from >= end);
        }
    }

    private UnixMinute SettledMinute => UnixMinute.Of(services.Time.GetUtcNow() - settle);

    // Counts blocks whose copies are still in flight: a user who has just put events should see that they are known.
    private async Task<long> CountTooNewAsync(UnixMinute from, AuditRange range, CancellationToken stop)
    {
        var events = 0L;
        var end = range.To is null ? UnixMinute.Of(services.Time.GetUtcNow()) + RepairAgenda.MinutesAhead : from;
        while (from < end)
        {
            var window = await NextAsync(from, end, stop);
            events += window.Groups.Sum(static g => g.Events);
            from = window.ToMinute;
        }

        return events;
    }

    private Task<CensusWindow> NextAsync(UnixMinute from, UnixMinute end, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        return census.TakeAsync(from, end, stop);
    }

    private static UnixMinute MinuteBehind(EventKey key) => key == key.UnixMinute.GetFirstKey() ? key.UnixMinute : key.UnixMinute.Next();

    private static ImmutableArray<CopyCount> CountOf(CensusWindow window)
    {
        var length = window.Live.Topology.Snapshot.IntervalLength;
        return
        [
            .. window.Groups
                .GroupBy(g => (
                    Interval: Interval.Containing(g.UnixMinute, length), g.Adherence, Copies: g.Holders.Length, g.CopiesAsked,
                    Unverifiable: g.Unverifiable.Length))
                .Select(static alike => new CopyCount(
                    alike.Key.Interval,
                    alike.Key.Adherence,
                    alike.Key.Copies,
                    alike.Key.CopiesAsked,
                    alike.Sum(static g => g.Blocks),
                    alike.Sum(static g => g.Events),
                    alike.Min(static g => g.UnixMinute))
                {
                    Unverifiable = alike.Key.Unverifiable,
                })
                .OrderBy(static c => c.Interval).ThenBy(static c => c.Adherence).ThenBy(static c => c.Copies).ThenBy(static c => c.Unverifiable),
        ];
    }
}
