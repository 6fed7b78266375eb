using AllData.Membership;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace AllData.Reading;

/// <summary>What the scans of a silo share.</summary>
/// <param name="Grains">The way to the replicas.</param>
/// <param name="Topologies">Who is registered and alive.</param>
/// <param name="HostedPeer">The silo's own peer, which costs less to read from.</param>
/// <param name="Time">The clock of deadlines.</param>
/// <param name="Deadline">How long a peer's answer is waited for.</param>
/// <param name="Logger">Where failures on the way are told.</param>
internal sealed record ScanServices(
    IGrainFactory Grains, TopologyCache Topologies, HostedPeer HostedPeer, TimeProvider Time, TimeSpan Deadline, ILogger<ClusterScan> Logger)
{
    /// <summary>What each coordinator has confirmed lately: below that nothing of it appears any more, whether it answers now or not.</summary>
    public ConfirmedWatermarks Confirmed { get; } = new();

    /// <summary>Ends a scan whose silo is stopping, so that it goes on through another one instead of calling live peers silent.</summary>
    /// <exception cref="SiloUnavailableException">The silo is stopping.</exception>
    public void ThrowIfStopping()
    {
        if (HostedPeer.IsStopping)
        {
            throw new SiloUnavailableException("The silo that ran this scan is stopping. Go on through another one.");
        }
    }
}
