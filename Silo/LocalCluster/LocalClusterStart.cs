namespace AllData.Silo.LocalCluster;

/// <summary>Waits until all peers are ready, one of them has ended, or the time is up.</summary>
internal sealed class LocalClusterStart(
    IReadOnlyList<SupervisedPeer> peers, IReadinessProbe probe, LocalClusterOutput output, TimeProvider time)
{
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(100);

    private readonly HashSet<string> _waiting = [.. peers.Select(peer => peer.Peer.Id.Value)];
    private readonly long _started = time.GetTimestamp();

    /// <summary>Waits, and shows which peers are ready.</summary>
    /// <returns>Whether all are ready.</returns>
    public Task<bool> WaitAsync(TimeSpan bound, CancellationToken stop) => output.WaitAsync("Starting the peers …", async show =>
    {
        using var timeUp = new CancellationTokenSource(bound, time);
        using var oneEnded = new CancellationTokenSource();
        using var any = CancellationTokenSource.CreateLinkedTokenSource(timeUp.Token, oneEnded.Token, stop);
        var complaints = await Task.WhenAll(peers.Select(async peer =>
        {
            var complaint = await ComplaintOfAsync(peer, any.Token);
            if (complaint is not null)
            {
                await oneEnded.CancelAsync();
            }
            else
            {
                Show(peer, show);
            }

            return complaint;
        }));
        if (!stop.IsCancellationRequested)
        {
            Report(complaints, timeUp.IsCancellationRequested);
        }

        return complaints.All(complaint => complaint is null);
    });

    private async Task<string?> ComplaintOfAsync(SupervisedPeer peer, CancellationToken cancellation)
    {
        var reason = "it was not asked yet";
        using var timer = new PeriodicTimer(ProbeInterval, time);
        try
        {
            while (!peer.Ended.IsCompleted)
            {
                reason = await probe.AskAsync(peer.Peer, cancellation);
                if (reason is null)
                {
                    return null;
                }

                await timer.WaitForNextTickAsync(cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            return $"{peer.Peer.Id} was not ready: {reason} Its log: {peer.Peer.LogFile}";
        }

        return $"{peer.Peer.Id} ended with exit code {await peer.Ended} before it was ready. Its log: {peer.Peer.LogFile}";
    }

    private void Show(SupervisedPeer peer, Action<string> show)
    {
        output.Line($"{peer.Peer.Id} is ready ({time.GetElapsedTime(_started).TotalSeconds:0.0} s)");
        lock (_waiting)
        {
            _waiting.Remove(peer.Peer.Id.Value);
            show($"Waiting for {string.Join(", ", _waiting)} …");
        }
    }

    private void Report(IEnumerable<string?> complaints, bool isTimeUp)
    {
        foreach (var complaint in complaints.OfType<string>())
        {
            output.Alarm(complaint);
        }

        if (isTimeUp)
        {
            output.Alarm($"Not all peers were ready after {time.GetElapsedTime(_started).TotalSeconds:0} s.");
        }
    }
}
