using System.CommandLine;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Peers;

namespace AllData.Client.Peers;

/// <summary><c>alldata peers add</c>: registers a peer that no silo hosts. The others announce themselves.</summary>
internal sealed class AddPeerCommand
{
    private readonly Argument<PeerId> _peer = new("NAME")
    {
        Description = "Its name, which no other peer has or had.",
        CustomParser = static result =>
        {
            if (!PeerId.TryParse(result.Tokens[0].Value, out var peer))
            {
                result.AddError($"'{result.Tokens[0].Value}' is not a peer name: 1 to 63 lower-case letters, digits and hyphens, beginning with a letter.");
            }

            return peer;
        },
    };

    private readonly Option<string> _client = new("--client")
    {
        Description = "The peer client that reaches it: alldata-http for a node of the original alldata, or one that your silos add.",
        HelpName = "NAME",
        DefaultValueFactory = static _ => "alldata-http",
    };

    private readonly Option<string> _address = new("--address")
    {
        Description = "Where, for example http://10.0.0.9:8080/.",
        HelpName = "ADDRESS",
        Required = true,
    };

    private readonly Option<string> _region = new("--region") { Description = "Its region.", HelpName = "NAME", Required = true };

    private readonly Option<string> _zone = new("--zone") { Description = "Its zone.", HelpName = "NAME", Required = true };

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var add = new AddPeerCommand();
        var command = new Command(
            "add", "Registers a peer that only takes events, such as a node of the original alldata, or changes how it is reached. Events go to it where "
                + "AllData:Replication:UsePutOnlyPeers is set.")
        {
            add._peer, add._client, add._address, add._region, add._zone,
        };
        command.SetGuardedAction(services, global, (parsed, cancellation) => add.RunAsync(services, global, parsed, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation)
    {
        var peer = parsed.GetRequiredValue(_peer);
        var location = new PeerLocation(parsed.GetRequiredValue(_region), parsed.GetRequiredValue(_zone));
        if (location.Fault is { } fault)
        {
            throw new UsageException(fault);
        }

        await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
        var (client, address) = (parsed.GetRequiredValue(_client), parsed.GetRequiredValue(_address));
        var topology = await cluster.CallAsync(g => g.GetPeerRegistry().AddPutOnlyPeer(peer, location, client, address), cancellation);
        PeersOutput.WriteAdded(services.Terminal, topology.Peers.Single(p => p.Id == peer), global.IsJson(parsed));
        return ExitCodes.Done;
    }
}
