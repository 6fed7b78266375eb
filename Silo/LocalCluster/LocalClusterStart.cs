namespace AllData.LocalCluster;

/// <summary>Waits until all peers are ready, one of them has ended, or the time is up.</summary>
internal sealed class LocalClusterStart(
    IReadOnlyList<PeerProcess> processes, IReadinessProbe probe, LocalClusterOutput output, TimeProvider time)
{
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(100);

    private readonly HashSet<string> _waiting = [.. processes.Select(process => process.Peer.Id.Value)];
    private readonly long _started = time.GetTimestamp();

    /// <summary>Waits, and says who is ready and who is not.</summary>
    /// <returns>Whether all are ready.</returns>
    public Task<bool> WaitAsync(TimeSpan bound, CancellationToken stop) => output.WaitAsync("Starting the peers …", async show =>
    {
        using var timeUp = new CancellationTokenSource(bound, time);
        using var oneEnded = new CancellationTokenSource();
        using var any = CancellationTokenSource.CreateLinkedTokenSource(timeUp.Token, oneEnded.Token, stop);
        var complaints = await Task.WhenAll(processes.Select(async process =>
        {
            var complaint = await ComplaintOfAsync(process, any.Token);
            if (complaint is not null)
            {
                await oneEnded.CancelAsync();
            }
            else
            {
                Show(process, show);
            }

            return complaint;
        }));
        if (!stop.IsCancellationRequested)
        {
            Report(complaints, timeUp.IsCancellationRequested);
        }

        return complaints.All(complaint => complaint is null);
    });

    private async Task<string?> ComplaintOfAsync(PeerProcess process, CancellationToken cancellation)
    {
        var reason = "it was not asked yet";
        using var timer = new PeriodicTimer(ProbeInterval, time);
        try
        {
            while (!process.Exited.IsCompleted)
            {
                reason = await probe.AskAsync(process.Peer, cancellation);
                if (reason is null)
                {
                    return null;
                }

                await timer.WaitForNextTickAsync(cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            return $"{process.Peer.Id} was not ready: {reason} Its log: {process.Peer.LogFile}";
        }

        return $"{process.Peer.Id} ended with exit code {await process.Exited} before it was ready. Its log: {process.Peer.LogFile}";
    }

    private void Show(PeerProcess process, Action<string> show)
    {
        output.Line($"{process.Peer.Id} is ready ({time.GetElapsedTime(_started).TotalSeconds:0.0} s)");
        lock (_waiting)
        {
            _waiting.Remove(process.Peer.Id.Value);
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
