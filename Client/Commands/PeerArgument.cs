using System.Collections.Immutable;
using System.CommandLine;
using AllData.Client.Connection;
using AllData.Peers;

namespace AllData.Client.Commands;

/// <summary>The peer that a command is about.</summary>
internal sealed class PeerArgument
{
    public Argument<PeerId> Argument { get; } = new("PEER")
    {
        Description = "Name of a registered peer, as 'alldata peers' lists it.",
        CustomParser = static result =>
        {
            if (!PeerId.TryParse(result.Tokens[0].Value, out var peer))
            {
                result.AddError($"'{result.Tokens[0].Value}' is not a peer name. 'alldata peers' lists the names.");
            }

            return peer;
        },
    };

    /// <summary>The peer that the command line names, among those that are registered.</summary>
    /// <exception cref="UsageException">It is not registered.</exception>
    public PeerView Find(ParseResult parsed, ImmutableArray<PeerView> registered)
    {
        var peer = parsed.GetValue(Argument);
        return registered.FirstOrDefault(view => view.Peer.Id == peer)
            ?? throw new UsageException(
                $"No peer '{peer}' is registered. There are: {string.Join(", ", registered.Select(static v => v.Peer.Id).Order())}.");
    }
}
