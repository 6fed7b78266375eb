using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Diagnostics;
using AllData.Errors;
using AllData.Intervals;
using AllData.Membership;
using AllData.Peers;
using AllData.Placement;
using AllData.Protocol.Certificates;
using Orleans.Concurrency;

namespace AllData.Sealing;

/// <summary>Answers for this silo's peer what other silos ask about sealing.</summary>
[PinnedToPeer, KeepAlive, Reentrant]
internal sealed class CosignerGrain(
    HostedPeer hostedPeer, Cosigner cosigner, IPeerClosing closing, Sealer sealer, OtherCosigners others, LogQuestions questions)
    : Grain, ICosignerGrain, IContractGrain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken) => this.GetPrimaryKeyString() == GrainFactoryExtensions.ReplicaKey(hostedPeer.Id)
        ? Task.CompletedTask
        : throw new PeerNotHostedException(GrainFactoryExtensions.ParseReplicaKey(this.GetPrimaryKeyString()));

    public Task<CloseReply> Close(Interval interval) => closing.CloseAsync(interval, CancellationToken.None);

    public Task<LogStanding> GetStanding() => cosigner.GetStandingAsync();

    public Task<CosignReply> Cosign(CosignRequest request) => Task.Run(() => cosigner.CosignAsync(request, known: null, CancellationToken.None));

    public Task<string?> Refuse(long size, TreeHash root) => cosigner.RefuseAsync(new RefusedHead(size, root));

    public Task<long> Follow(PeerId source, string note) => cosigner.FollowAsync(note, others.Of(source).ReadEntriesAsync);

    public Task<ImmutableArray<IntervalMark>> GetHeld() => closing.GetHeldAsync(CancellationToken.None);

    public Task<ImmutableArray<string>> ReadEntries(long from) => cosigner.ReadEntriesAsync(from);

    public Task<CertificateHead> GetHead() => questions.GetHeadAsync();

    public Task<CertificateEntries> GetEntries(long from, int count) => questions.GetEntriesAsync(from, count);

    public Task<CertificateEntries> GetCertificates(Interval interval) => questions.GetCertificatesAsync(interval);

    public Task<ImmutableArray<CertifiedInterval>> GetSealed(Interval? from, int count) => questions.GetSealedAsync(from, count);

    public Task<SealOutcome> Seal(SealOrder order) => sealer.SealAsync(order);
}
