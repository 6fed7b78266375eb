using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Diagnostics;
using AllData.Errors;
using AllData.Intervals;
using AllData.Membership;
using AllData.Placement;
using AllData.Protocol.Links;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace AllData.Sealing;

/// <summary>
/// Answers about certificates from the log of this silo's peer, or, where the peer stores nothing and so has none, from that of another one; hands orders to
/// the sealing peer.
/// </summary>
// Without the directory and kept alive, as EventReaderGrain.
[StatelessWorker(-1, removeIdleWorkers: false), KeepAlive, Reentrant, GrainDirectory(NoGrainDirectory.Name)]
internal sealed class CertificateGrain(
    LogQuestions questions, StoreCertificates store, SealingPeer sealingPeer, SealingTurn turn, Sealer sealer, OtherCosigners others, HostedPeer hostedPeer)
    : Grain, ICertificateGrain, IContractGrain
{
    private const int LongestReason = 200;

    public Task<CertificateHead> GetHead() => AskAsync(static own => own.GetHeadAsync(), static other => other.GetHead());

    public Task<CertificateEntries> GetEntries(long from, int count) =>
        AskAsync(own => own.GetEntriesAsync(from, count), other => other.GetEntries(from, count));

    public Task<CertificateEntries> GetCertificates(Interval interval) =>
        AskAsync(own => own.GetCertificatesAsync(interval), other => other.GetCertificates(interval));

    public Task<ImmutableArray<CertifiedInterval>> GetSealed(Interval? from, int count) =>
        AskAsync(own => own.GetSealedAsync(from, count), other => other.GetSealed(from, count));

    public Task<ImmutableArray<ClusterCertificates>> GetSealedByCluster(Interval? from, int count) => store.GatherAsync(
        new SealedQuestion(from?.FirstKey ?? default, Math.Clamp(count, 0, LogQuestions.MostIntervals)), GetSealed(from, count));

    public async Task<SealOutcome> Seal(SealOrder order)
    {
        if (order.AcceptMissing is { } reason && (reason.Length is 0 or > LongestReason || reason.Any(char.IsControl) || reason != reason.Trim()))
        {
            throw new CertificateException($"The reason for accepting what is missing is one line of 1 to {LongestReason} characters, without blanks "
                + "around it.");
        }

        var peer = await turn.FindAsync()
            ?? throw new CertificateException("No storing peer of the cluster answers about its log of certificates: nothing can be sealed.");
        return await (peer == hostedPeer.Id ? sealer.SealAsync(order) : others.Of(peer).SealAsync(order));
    }

    private async Task<T> AskAsync<T>(Func<LogQuestions, Task<T>> own, Func<ICosignerGrain, Task<T>> other)
    {
        if (hostedPeer.Stores)
        {
            return await own(questions);
        }

        foreach (var peer in sealingPeer.InOrder)
        {
            try
            {
                return await other(GrainFactory.GetGrain<ICosignerGrain>(GrainFactoryExtensions.ReplicaKey(peer)));
            }
            catch (Exception e) when (e is CertificateException or PeerNotHostedException or OrleansException or TimeoutException or IOException)
            {
                // The next one has the same log.
            }
        }

        throw new CertificateException("This silo's peer stores nothing, and no storing peer of the cluster answers about the log of certificates.");
    }
}
