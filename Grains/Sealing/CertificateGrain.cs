using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Errors;
using AllData.Intervals;
using AllData.Membership;
using AllData.Placement;
using AllData.Storage.Certificates;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace AllData.Sealing;

/// <summary>Answers about certificates from the log of this silo's peer, and hands orders to the sealing peer.</summary>
// Without the directory and kept alive, as EventReaderGrain.
[StatelessWorker(-1, removeIdleWorkers: false), KeepAlive, Reentrant, GrainDirectory(NoGrainDirectory.Name)]
internal sealed class CertificateGrain(
    PeerCertificateLog log, SealingPeer sealingPeer, Sealer sealer, OtherCosigners others, HostedPeer hostedPeer, TopologyCache topologies,
    IOptions<AllDataOptions> options)
    : Grain, ICertificateGrain, IContractGrain
{
    private const int MostCharacters = 1 << 20;
    private const int MostIntervals = 10_000;
    private const int LongestReason = 200;

    public Task<CertificateHead> GetHead() => log.UseAsync(HeadOf);

    public Task<CertificateEntries> GetEntries(long from, int count) => log.UseAsync(stored =>
        EntriesOf(stored, Enumerable.Range(0, stored.Log.Size).Where(index => index >= from).Take(Math.Max(count, 0))));

    public Task<CertificateEntries> GetCertificates(Interval interval) => log.UseAsync(stored => EntriesOf(
        stored, stored.Log.Sealed.TryGetValue(interval, out var newest) ? FindAll(stored, interval, newest.Index) : []));

    public Task<ImmutableArray<CertifiedInterval>> GetSealed(Interval? from, int count) => log.UseAsync<ImmutableArray<CertifiedInterval>>(stored =>
    [
        .. stored.Log.Sealed.Where(one => from is null || one.Key >= from).OrderBy(static one => one.Key).Take(Math.Clamp(count, 0, MostIntervals))
            .Select(static one => one.Value.Of(one.Key)),
    ]);

    public Task<SealOutcome> Seal(SealOrder order)
    {
        if (order.AcceptMissing is { } reason && (reason.Length is 0 or > LongestReason || reason.Any(char.IsControl) || reason != reason.Trim()))
        {
            throw new CertificateException($"The reason for accepting what is missing is one line of 1 to {LongestReason} characters, without blanks "
                + "around it.");
        }

        var peer = sealingPeer.Current ?? throw new CertificateException("No storing peer of the cluster is alive: nothing can be sealed.");
        return peer == hostedPeer.Id ? sealer.SealAsync(order) : others.Of(peer).SealAsync(order);
    }

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
            hostedPeer.StoreId, hostedPeer.ClusterId, stored.Log.Size, stored.Head?.ToString() ?? "", [.. keys], options.Value.Sealing.MinZones);
    }
}
