using AllData.Client.Commands;
using AllData.Client.Peers;
using AllData.Peers;

namespace AllData.Client.Top;

/// <summary>Looks at the cluster again and again.</summary>
internal sealed class TopWatch(ClusterSession cluster, PeerSurvey survey, TimeProvider time)
{
    // A peer that hangs holds the frame up no longer; it is shown as silent.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Asks the registry, and every peer that is alive.</summary>
    public async Task<TopLook> LookAsync(CancellationToken cancellation)
    {
        var views = await cluster.CallAsync(static g => g.GetPeerRegistry().GetPeers(), cancellation);
        PeerId[] alive = [.. views.Where(static v => v.Alive && !v.Peer.IsPutOnly).Select(static v => v.Peer.Id)];
        var replies = await survey.AskAsync(alive, (_, replica) => replica.GetReport().WaitAsync(Patience, time, cancellation), cancellation);
        return new TopLook(time.GetUtcNow(), [.. views], replies.Answers.ToDictionary(static a => a.Peer, static a => a.Answer));
    }

    /// <summary>Shows a frame for each period until it is cancelled. A look that fails is told, and the next one is tried.</summary>
    /// <param name="every">The period.</param>
    /// <param name="show">Shows a frame, and what has failed since; null when nothing has.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task RunAsync(TimeSpan every, Action<TopFrame, string?> show, CancellationToken cancellation)
    {
        var (last, frame) = (await LookAsync(cancellation), default(TopFrame));
        while (true)
        {
            await Task.Delay(every, time, cancellation);
            try
            {
                var now = await LookAsync(cancellation);
                (frame, last) = (TopFrame.Of(last, now), now);
                show(frame, null);
            }
            catch (Exception e) when (frame is not null && !cancellation.IsCancellationRequested && e is not IOException)
            {
                show(frame, $"No answer: {FailureText.SentenceOf(e)} It is asked again.");
            }
        }
    }
}
