using System.Collections.Immutable;
using AllData.Client.Connection;
using AllData.Client.Peers;
using AllData.Peers;
using AllData.Reports;

namespace AllData.Client.Bench;

/// <summary>Asks the silos what they are and what they have used.</summary>
internal sealed class ClusterReports(IGrainFactory grains, RetryingCaller caller)
{
    private readonly PeerSurvey _survey = new(grains, caller);
    private ImmutableArray<PeerId> _peers;

    /// <summary>The reports of the live peers, in the order of their names; peers that do not answer are left out.</summary>
    public async Task<ImmutableArray<PeerReport>> GetAsync(CancellationToken cancellation)
    {
        if (_peers.IsDefault)
        {
            var views = await caller.CallAsync(() => grains.GetPeerRegistry().GetPeers(), cancellation);
            _peers = [.. views.Where(static v => v.Alive).Select(static v => v.Peer.Id).Order()];
        }

        var replies = await _survey.AskAsync(_peers, static (_, replica) => replica.GetReport(), cancellation);
        return [.. replies.Answers.Select(static a => a.Answer)];
    }
}
