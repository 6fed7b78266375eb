using System.Collections.Immutable;
using AllData.Peers;

namespace AllData.Protocol.Certificates;

/// <summary>In which order peers are asked to sign a head. No more are asked than must sign, as long as they do: each reads the whole interval.</summary>
internal static class CosigningOrder
{
    /// <summary>
    /// The storing peers but one, so that any first few of them lie in as many zones as they can. Which is the first changes from head to head: so all have the
    /// work in turn.
    /// </summary>
    /// <param name="topology">The peers of the cluster.</param>
    /// <param name="own">The peer that asks, and has signed.</param>
    /// <param name="size">The size of the head.</param>
    public static ImmutableArray<PeerId> Of(TopologySnapshot topology, PeerId own, long size)
    {
        var zones = Turned<ImmutableArray<PeerId>>(
            [
                .. topology.Peers.Where(static p => p.Stores).GroupBy(static p => p.Location).OrderBy(static zone => $"{zone.Key}", StringComparer.Ordinal)
                    .Select(zone => TurnedWithout([.. zone.OrderBy(static p => p.Ordinal).Select(static p => p.Id)], own, size)),
            ], size);
        return
        [
            .. Enumerable.Range(0, zones.Select(static zone => zone.Length).DefaultIfEmpty().Max())
                .SelectMany(i => zones.Where(zone => i < zone.Length).Select(zone => zone[i])).Where(id => id != own),
        ];
    }

    // It has signed, so it is the first of its zone.
    private static ImmutableArray<PeerId> TurnedWithout(ImmutableArray<PeerId> zone, PeerId own, long by) =>
        zone.Contains(own) ? Turned(zone.Remove(own), by).Insert(0, own) : Turned(zone, by);

    private static ImmutableArray<T> Turned<T>(ImmutableArray<T> all, long by)
    {
        var first = all.IsEmpty ? 0 : (int)(by % all.Length);
        return [.. all.AsSpan()[first..], .. all.AsSpan()[..first]];
    }
}
