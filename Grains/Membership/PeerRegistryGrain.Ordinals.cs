using AllData.Peers;
using AllData.Remote;
using Orleans.Runtime;

namespace AllData.Membership;

// Where new ordinals come from, and what the silos have seen of those that were given.
internal sealed partial class PeerRegistryGrain
{
    private static readonly TimeSpan HearingPeriod = TimeSpan.FromSeconds(1);

    private OrdinalHearing? _hearing;
    private long _hearingSince;
    private IGrainTimer? _hearingTimer;

    // A cluster that is made with a document begins as a part of the store.
    private Guid NewClusterId() => federation.Own?.Document.Store ?? Guid.NewGuid();

    // Who gets it is not waited for: an announcement has what its silo has seen in it.
    private OrdinalSource SourceFor(PeerId peer, RegistryState state) => new()
    {
        Federation = federation.Own,
        NotHeard = _hearing?.WhyNotYet(Expected(state).Where(other => other != peer), _time.GetElapsedTime(_hearingSince)),
        Now = _time.GetUtcNow().ToUnixTimeMilliseconds(),
    };

    // A put-only peer has no silo that could remember anything.
    private IEnumerable<PeerId> Expected(RegistryState state) =>
        RegistryLedger.Snapshot(state).Peers.Where(static p => !p.IsPutOnly).Select(static p => p.Id).Concat(silos.Alive);

    private void BeginHearing()
    {
        // What is given from an empty state on is given here.
        if (persistent.State.Version == 0)
        {
            return;
        }

        _hearing = new OrdinalHearing();
        _hearingSince = _time.GetTimestamp();
        _hearingTimer ??= this.RegisterGrainTimer(
            () => HearAsync(), new GrainTimerCreationOptions(TimeSpan.Zero, HearingPeriod) { Interleave = true });
    }

    private async Task HearAsync()
    {
        var hearing = _hearing;
        if (hearing?.WhyNotYet(Expected(persistent.State), _time.GetElapsedTime(_hearingSince)) is null)
        {
            _hearing = null;
            _hearingTimer?.Dispose();
            _hearingTimer = null;
            return;
        }

        await Task.WhenAll(hearing.Missing(silos.Alive).Select(peer => HearFromAsync(hearing, peer)));
    }

    private async Task HearFromAsync(OrdinalHearing hearing, PeerId peer)
    {
        try
        {
            // A registry asks peers of its own cluster only, however they are named elsewhere, and their silos remember.
            var seen = await ((IRemembersTopology)own.Connect(peer, "")).GetSeenTopologyAsync();
            await Apply("hear", peer, s => RegistryLedger.Hear(s, seen, new OrdinalSource { Federation = federation.Own }));
            hearing.OnHeard(peer);
        }
        catch (Exception e)
        {
            // It is asked again; who never answers is not waited for longer than the rest.
            LogNotHeard(e, peer);
        }
    }
}
