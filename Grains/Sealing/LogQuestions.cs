using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Configuration;
using AllData.Intervals;
using AllData.Membership;
using AllData.Storage.Certificates;
using Microsoft.Extensions.Options;

namespace AllData.Sealing;

/// <summary>What callers ask about certificates, answered from the log of this silo's peer.</summary>
internal sealed class LogQuestions(PeerCertificateLog log, HostedPeer hostedPeer, TopologyCache topologies, IOptions<AllDataOptions> options)
{
    /// <summary>The newest certificates of intervals that are given at once, at most.</summary>
    public const int MostIntervals = 10_000;

    private const int MostCharacters = 1 << 20;

    /// <inheritdoc cref="ICertificateGrain.GetHead"/>
    public Task<CertificateHead> GetHeadAsync() => log.UseAsync(HeadOf);

    /// <inheritdoc cref="ICertificateGrain.GetEntries"/>
    public Task<CertificateEntries> GetEntriesAsync(long from, int count) => log.UseAsync(stored =>
        EntriesOf(stored, Enumerable.Range(0, stored.Log.Size).Where(index => index >= from).Take(Math.Max(count, 0))));

    /// <inheritdoc cref="ICertificateGrain.GetCertificates"/>
    public Task<CertificateEntries> GetCertificatesAsync(Interval interval) => log.UseAsync(stored => EntriesOf(
        stored, NewestCertificate.Find(stored, interval) is { } newest ? FindAll(stored, interval, newest.Entry.Index) : []));

    /// <inheritdoc cref="ICertificateGrain.GetSealed"/>
    public Task<ImmutableArray<CertifiedInterval>> GetSealedAsync(Interval? from, int count) => log.UseAsync<ImmutableArray<CertifiedInterval>>(stored =>
    [
        .. stored.Log.Sealed.Where(one => from is null || one.Key >= from).OrderBy(static one => one.Key).Take(Math.Clamp(count, 0, MostIntervals))
            .Select(static one => one.Value.Of(one.Key)),
    ]);

    private static IEnumerable<int> FindAll(IStoredCertificateLog stored, Interval interval, long newest) => Enumerable.Range(0, (int)newest + 1)
        .Where(index => IntervalCertificate.Parse(stored.Read(index)).Interval == interval);

    private CertificateEntries EntriesOf(IStoredCertificateLog stored, IEnumerable<int> indexes)
    {
        var entries = ImmutableArray.CreateBuilder<CertificateEntry>();
        var characters = 0;
        foreach (var index in indexes)
        {
            entries.Add(new CertificateEntry(index, stored.Read(index)));
            characters += entries[^1].Text.Length;
            if (characters >= MostCharacters)
            {
                break;
            }
        }

        return new CertificateEntries(entries.ToImmutable(), HeadOf(stored));
    }

    private CertificateHead HeadOf(IStoredCertificateLog stored)
    {
        var topology = topologies.Own;
        var present = topology.Peers.ToDictionary(static p => p.Ordinal);
        var keys = topology.Ordinals.Where(static o => o.PublicKey.Length > 0).OrderBy(static o => o.Ordinal).Select(o => new CertificateKey(
            o.Ordinal, o.Peer, topology.Peers.FirstOrDefault(p => p.Id == o.Peer)?.Location ?? default, o.PublicKey,
            present.TryGetValue(o.Ordinal, out var peer) && peer.Stores));
        return new CertificateHead(
            hostedPeer.StoreId, log.Cluster, stored.Log.Size, stored.Head?.ToString() ?? "", [.. keys], options.Value.Sealing.MinZones);
    }
}
