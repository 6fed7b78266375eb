using AllData.Peers;
using AllData.Reports;
using AllData.Silo.LocalCluster;

namespace AllData.Benchmarks;

/// <summary>What the peers say that their repair has fetched, since this began to look; a peer that was started again counts from its start.</summary>
internal sealed class RepairMeter(IGrainFactory grains, LocalClusterLayout layout)
{
    private static readonly TimeSpan AnswerBound = TimeSpan.FromSeconds(15);

    private readonly Dictionary<PeerId, RepairReport> _before = [];

    /// <summary>Begins to count.</summary>
    public async Task BeginAsync()
    {
        foreach (var peer in layout.Peers)
        {
            if (await ReportAsync(peer.Id) is { Repair: { } repair })
            {
                _before[peer.Id] = repair;
            }
        }
    }

    /// <summary>A peer's process has ended: its next one counts from nothing.</summary>
    public void OnRestarted(PeerId peer) => _before.Remove(peer);

    /// <summary>Blocks and bytes fetched by all peers, and blocks of these that had come in between.</summary>
    public async Task<(long Blocks, long Bytes, long Known)> ReadAsync()
    {
        var (blocks, bytes, known) = (0L, 0L, 0L);
        foreach (var peer in layout.Peers)
        {
            if (await ReportAsync(peer.Id) is { Repair: { } now })
            {
                var before = _before.GetValueOrDefault(peer.Id);
                blocks += now.FetchedBlocks - (before?.FetchedBlocks ?? 0);
                bytes += now.FetchedBytes - (before?.FetchedBytes ?? 0);
                known += now.KnownBlocks - (before?.KnownBlocks ?? 0);
            }
        }

        return (blocks, bytes, known);
    }

    /// <summary>What one peer says of itself; null when it does not answer.</summary>
    public async Task<PeerReport?> ReportAsync(PeerId peer)
    {
        try
        {
            return await grains.GetReplica(peer).GetReport().WaitAsync(AnswerBound);
        }
        catch (Exception)
        {
            // It is away; what it had fetched before is lost with its process.
            return null;
        }
    }
}
