using AllData.Configuration;
using AllData.Membership;
using AllData.Replication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AllData.Replicas;

/// <summary>
/// Walks through everything that this peer holds, again and again, at a bounded rate, and checks it: what is damaged is found while other peers
/// still hold it. It changes nothing.
/// </summary>
internal sealed partial class Scrubber(
    HostedPeer hostedPeer, IOptions<AllDataOptions> options, ReplicaInstruments instruments, TimeProvider time, ILogger<Scrubber> logger)
{
    // Small steps: the reader that a step occupies serves puts and scans too.
    private const long StepBytes = 1 << 20;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(30);

    private readonly MaintenanceOptions _options = options.Value.Maintenance;

    /// <summary>Walks until stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        if (_options.ScrubBytesPerSecond == 0)
        {
            return;
        }

        var position = ScrubPosition.Start;
        var round = default(ScrubRound);
        while (true)
        {
            var page = await TryStepAsync(position, stopping);
            if (page is null)
            {
                await Task.Delay(RetryInterval, time, stopping);
                continue;
            }

            round = round.With(page);
            position = page.Next ?? ScrubPosition.Start;
            if (page.Next is null)
            {
                LogRound(hostedPeer.Id, round.Blocks, round.Events, round.Bytes, round.Damage);
                round = default;
            }

            await Task.Delay(page.Next is null ? _options.ScrubPause : RestAfter(page.Bytes), time, stopping);
        }
    }

    private TimeSpan RestAfter(long bytes) => TimeSpan.FromSeconds((double)bytes / _options.ScrubBytesPerSecond);

    private async Task<ScrubPage?> TryStepAsync(ScrubPosition position, CancellationToken stopping)
    {
        if (hostedPeer.Store is not { } store)
        {
            return null;
        }

        try
        {
            var page = await store.ScrubAsync(position, StepBytes, stopping);
            instruments.OnScrubbed(page.Bytes, page.Damage.Length);
            foreach (var damage in page.Damage)
            {
                LogDamage(hostedPeer.Id, damage);
            }

            return page;
        }
        catch (ReplicaStoreException e)
        {
            LogStepFailed(e, hostedPeer.Id);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Error, "Peer {Peer} holds something damaged: {Damage} Other peers hold it too; check this disk.")]
    private partial void LogDamage(Peers.PeerId peer, string damage);

    [LoggerMessage(LogLevel.Information, "Peer {Peer} has been scrubbed: {Blocks} blocks, {Events} events, {Bytes} bytes, {Damage} found damaged")]
    private partial void LogRound(Peers.PeerId peer, long blocks, long events, long bytes, int damage);

    [LoggerMessage(LogLevel.Warning, "Peer {Peer} could not be scrubbed for now")]
    private partial void LogStepFailed(Exception failure, Peers.PeerId peer);

    /// <summary>What a walk through everything has read and found so far.</summary>
    private readonly record struct ScrubRound(long Blocks, long Events, long Bytes, int Damage)
    {
        public ScrubRound With(ScrubPage page) =>
            new(Blocks + page.Blocks, Events + page.Events, Bytes + page.Bytes, Damage + page.Damage.Length);
    }
}
