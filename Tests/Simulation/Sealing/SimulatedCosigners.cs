using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Intervals;
using AllData.Peers;
using AllData.Protocol.Certificates;
using AllData.Sealing;
using AllData.Simulation.Machines;
using AllData.Simulation.Running;

namespace AllData.Simulation.Sealing;

/// <summary>The way to the cosigners of other peers over the simulated network, each call bounded.</summary>
internal sealed class SimulatedCosigners(World world, SimulatedSilo caller) : ICosigners
{
    /// <inheritdoc/>
    public ICosigner Of(PeerId peer) => new SimulatedCosigner(world, caller, world.Find(peer));

    private sealed class SimulatedCosigner(World world, SimulatedSilo caller, Machine other) : ICosigner
    {
        private static readonly TimeSpan Quick = TimeSpan.FromSeconds(5);
        private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

        public Task<CloseReply> CloseAsync(Interval interval) =>
            CallAsync(sealing => sealing.Closing.CloseAsync(interval, CancellationToken.None), Quick);

        public Task<LogStanding> GetStandingAsync() => CallAsync(static sealing => sealing.Cosigner.GetStandingAsync(), Quick);

        public Task<CosignReply> CosignAsync(CosignRequest request)
        {
            caller.Machine.Cluster.Certificates.OnProposed(caller, request.Text);
            return CallAsync(sealing => sealing.Cosigner.CosignAsync(request, Known(request), CancellationToken.None), Long);
        }

        public Task<string?> RefuseAsync(long size, TreeHash root) =>
            CallAsync(sealing => sealing.Cosigner.RefuseAsync(new RefusedHead(size, root)), Quick);

        public Task<long> FollowAsync(PeerId source, string note) =>
            CallAsync(sealing => sealing.Cosigner.FollowAsync(note, sealing.Others.Of(source).ReadEntriesAsync), Long);

        public Task<ImmutableArray<IntervalMark>> GetHeldAsync() => CallAsync(static sealing => sealing.Closing.GetHeldAsync(CancellationToken.None), Quick);

        public Task<ImmutableArray<string>> ReadEntriesAsync(long from) => CallAsync(sealing => sealing.Cosigner.ReadEntriesAsync(from), Quick);

        public Task<SealOutcome> SealAsync(SealOrder order) => CallAsync(sealing => sealing.Sealer.SealAsync(order), Long);

        // The planted bug: what is proposed is believed.
        private SealingFacts? Known(CosignRequest request) =>
            world.Settings.Bug == PlantedBug.SignUnread ? CertificateFacts.Of(IntervalCertificate.Parse(request.Text)) : null;

        private Task<T> CallAsync<T>(Func<SiloSealing, Task<T>> ask, TimeSpan deadline) =>
            world.Network.CallAsync(caller, other, silo => ask(silo.Sealing)).WaitAsync(deadline, caller.Time);
    }
}
