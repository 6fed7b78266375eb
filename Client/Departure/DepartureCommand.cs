using System.CommandLine;
using AllData.Batching;
using AllData.Client.Commands;

namespace AllData.Client.Departure;

/// <summary>What <c>drain</c> and <c>drop</c> have in common: the peer, <c>--dry-run</c> and one option of their own.</summary>
/// <param name="services">What commands work with.</param>
/// <param name="global">The options that every command takes.</param>
/// <param name="dryRun">What a dry run shows.</param>
/// <param name="own">The option of its own.</param>
internal sealed class DepartureCommand(ClientServices services, GlobalOptions global, string dryRun, Option<bool> own)
{
    private readonly PeerArgument _peer = new();
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = dryRun };

    /// <summary>Builds the command.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it does.</param>
    /// <param name="run">Its work.</param>
    public Command Create(string name, string description, Func<DepartureRun, CancellationToken, Task<int>> run)
    {
        var command = new Command(name, description) { _peer.Argument, _dryRun, own };
        command.SetGuardedAction(services, global, async (parsed, cancellation) =>
        {
            await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
            return await run(await BeginAsync(cluster, parsed, cancellation), cancellation);
        });
        return command;
    }

    private async Task<DepartureRun> BeginAsync(ClusterSession cluster, ParseResult parsed, CancellationToken cancellation)
    {
        var peers = await cluster.CallAsync(g => g.GetPeerRegistry().GetPeers(), cancellation);
        var view = _peer.Find(parsed, peers);
        return new DepartureRun(
            services,
            cluster,
            peers,
            view,
            new DepartureSurvey(cluster.Grains, services),
            new DepartureOutput(services.Terminal, view.Peer.Id, global.IsJson(parsed)),
            parsed.GetValue(_dryRun),
            parsed.GetValue(own));
    }
}
