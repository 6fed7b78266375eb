using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Intervals;
using AllData.Peers;

namespace AllData.Sealing;

/// <summary>The cosigners of the cluster's other peers, which are grains at their silos.</summary>
internal sealed class GrainCosigners(IGrainFactory grains) : ICosigners
{
    /// <inheritdoc/>
    public ICosigner Of(PeerId peer) => new GrainCosigner(grains.GetGrain<ICosignerGrain>(GrainFactoryExtensions.ReplicaKey(peer)));

    private sealed class GrainCosigner(ICosignerGrain grain) : ICosigner
    {
        public Task<CloseReply> CloseAsync(Interval interval) => grain.Close(interval);

        public Task<LogStanding> GetStandingAsync() => grain.GetStanding();

        public Task<CosignReply> CosignAsync(CosignRequest request) => grain.Cosign(request);

        public Task<string?> RefuseAsync(long size, TreeHash root) => grain.Refuse(size, root);

        public Task<long> FollowAsync(PeerId source, string note) => grain.Follow(source, note);

        public Task<ImmutableArray<IntervalMark>> GetHeldAsync() => grain.GetHeld();

        public Task<ImmutableArray<string>> ReadEntriesAsync(long from) => grain.ReadEntries(from);

        public Task<SealOutcome> SealAsync(SealOrder order) => grain.Seal(order);
    }
}
