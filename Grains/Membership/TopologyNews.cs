using Microsoft.Extensions.Logging;

namespace AllData.Membership;

/// <summary>
/// Follows the news that there is a newer topology. The news is only a hint and its content is not believed: anyone who reaches a gateway can send
/// it, so the silo asks the registry itself. It asks one question at a time; news that arrives meanwhile causes one more question.
/// </summary>
internal sealed partial class TopologyNews(TopologyCache topologies, IGrainFactory grains, TimeProvider time, ILogger<TopologyNews> logger)
{
    private static readonly TimeSpan RegistryTimeout = TimeSpan.FromSeconds(5);

    // Between two questions: made-up news costs the registry ten answers per second, not one for each message.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private bool _isAsking;
    private bool _isNewer;

    /// <summary>A caller reports that a topology of this version exists. Returns at once.</summary>
    public void OnHint(long version)
    {
        if (version <= topologies.Own.Version)
        {
            return;
        }

        lock (_gate)
        {
            _isNewer = true;
            if (_isAsking)
            {
                return;
            }

            _isAsking = true;
        }

        _ = AskAsync();
    }

    private async Task AskAsync()
    {
        while (TakeHint())
        {
            await TryAskAsync();
            await Task.Delay(Pause, time);
        }
    }

    private bool TakeHint()
    {
        lock (_gate)
        {
            _isAsking = _isNewer;
            _isNewer = false;
            return _isAsking;
        }
    }

    private async Task TryAskAsync()
    {
        try
        {
            topologies.Offer(await grains.GetPeerRegistry().GetTopology().WaitAsync(RegistryTimeout, time));
        }
        catch (Exception e)
        {
            // The silo asks again at its next refresh.
            LogNotAnswered(e);
        }
    }

    [LoggerMessage(LogLevel.Debug, "The registry did not answer a question for the newest topology; the silo asks again at its next refresh")]
    private partial void LogNotAnswered(Exception failure);
}
