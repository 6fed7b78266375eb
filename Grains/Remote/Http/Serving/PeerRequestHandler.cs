using System.Diagnostics.CodeAnalysis;
using AllData.Peers;
using AllData.Remote.Http.Messages;

namespace AllData.Remote.Http.Serving;

/// <summary>
/// Takes the calls of the peer protocol, whatever listens for them, and asks the replica of a peer of this cluster: never one of another, so that no call
/// goes in a circle. What is asked of the cluster itself it answers from what this silo, or its registry, knows.
/// </summary>
/// <param name="host">This silo.</param>
/// <param name="own">The way to the replicas of this Orleans cluster.</param>
/// <param name="traffic">What may be in flight.</param>
/// <param name="maxBytes">Bytes of a message, at most.</param>
/// <param name="cluster">What this silo says of its cluster; null where that is a store of its own.</param>
internal sealed class PeerRequestHandler(IPeerHost host, IPeerClient own, PeerTraffic traffic, long maxBytes, IClusterHost? cluster = null)
{
    /// <summary>Bytes of the headers of a request; the protocol's own are some hundred.</summary>
    public const int MaxHeaderBytes = 8 << 10;

    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(200);

    /// <summary>Bytes of a message, at most.</summary>
    public long MaxBytes => maxBytes;

    /// <summary>Whether a request may go on to its body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="call">What answers it, to be disposed of.</param>
    /// <param name="refusal">Why it may not.</param>
    public bool TryAdmit(PeerRequest request, [NotNullWhen(true)] out AdmittedCall? call, [NotNullWhen(false)] out PeerProblem? refusal)
    {
        call = null;
        refusal = PathRefusal(request.Path, out var called);
        refusal = FormRefusal(request) ?? refusal ?? StoreRefusal(request) ?? CalledRefusal(called) ?? LengthRefusal(request);
        if (refusal is null)
        {
            var length = request.Length ?? 0;
            if (traffic.TryEnter(length) is { } share)
            {
                call = new AdmittedCall(AnswerOf(called), share, length, maxBytes);
                return true;
            }

            refusal = new PeerProblem(PeerProblemKind.Overloaded, "Too many calls of other clusters are in flight at this silo.") { RetryAfter = Retry };
        }

        return false;
    }

    private static PeerProblem? FormRefusal(PeerRequest request) =>
        request.HeaderBytes > MaxHeaderBytes ? new PeerProblem(
            PeerProblemKind.HeadersTooLarge, $"The headers have {request.HeaderBytes} bytes; {MaxHeaderBytes} are taken.")
        : request.Method != "POST" ? new PeerProblem(PeerProblemKind.WrongMethod, "Every call of the peer protocol is a POST.")
        : null;

    private Func<PeerMessage, CancellationToken, Task<PeerMessage>> AnswerOf(Called called)
    {
        if (called.Call is not { } served)
        {
            return called.OfCluster == ClusterCalls.Sealed.Name
                ? async (question, _) => ClusterCalls.Sealed.WriteAnswer(await cluster!.GetSealedAsync(ClusterCalls.Sealed.ReadQuestion(question)))
                : async (question, _) => ClusterCalls.Report.WriteAnswer(await cluster!.AnswerAsync(ClusterCalls.Report.ReadQuestion(question)));
        }

        var replica = own.Connect(called.Peer, "");
        return (question, stop) => served.AnswerAsync(replica, question, stop);
    }

    private static PeerProblem? PathRefusal(string path, out Called called)
    {
        called = default;
        if (!path.StartsWith(PeerProtocol.Root, StringComparison.Ordinal) || path[PeerProtocol.Root.Length..].Split('/') is not { } parts)
        {
            return new PeerProblem(PeerProblemKind.UnknownCall, $"The calls of the peer protocol are below {PeerProtocol.Root}.");
        }

        if (parts[0] != PeerProtocol.Version)
        {
            return new PeerProblem(
                PeerProblemKind.UnknownVersion, $"This silo speaks version {PeerProtocol.Version} of the peer protocol. Use the same release in all clusters.");
        }

        if (parts.Length == 2 && (parts[1] == ClusterCalls.Report.Name || parts[1] == ClusterCalls.Sealed.Name))
        {
            called = new Called(default, null, parts[1]);
            return null;
        }

        if (parts.Length != 3 || !ServedCall.All.TryGetValue(parts[2], out var served))
        {
            return new PeerProblem(
                PeerProblemKind.UnknownCall,
                $"Version {PeerProtocol.Version} has the calls {string.Join(", ", ServedCall.All.Keys.Order(StringComparer.Ordinal))} of a peer, and "
                + $"{ClusterCalls.Sealed.Name} and {ClusterCalls.Report.Name} without one.");
        }

        called = new Called(PeerId.TryParse(parts[1], out var peer) ? peer : default, served, "");
        return peer == default ? new PeerProblem(PeerProblemKind.UnknownPeer, "The path names no peer: it is no name of one.") : null;
    }

    private PeerProblem? StoreRefusal(PeerRequest request)
    {
        if (host.Store is not { } store)
        {
            return new PeerProblem(PeerProblemKind.NotReady, "This silo does not know its store yet. Ask another one, or again.");
        }

        return Guid.TryParse(request.Store, out var meant) && meant == store
            ? null
            : new PeerProblem(PeerProblemKind.OtherStore, $"The call is meant for {Named(request.Store, meant)}; this cluster is of store {store}. "
                + "Correct the endpoints of the clusters of this store.")
            {
                Expected = meant,
                Actual = store,
            };
    }

    private static string Named(string? header, Guid store) =>
        header is null ? $"no store (header {PeerProtocol.StoreHeader})" : store == Guid.Empty ? "something that is no store" : $"store {store}";

    private PeerProblem? CalledRefusal(Called called) => called.Call is not null ? PeerRefusal(called.Peer)
        : cluster is null ? new PeerProblem(PeerProblemKind.UnknownCall, "This cluster is a store of its own: its silos have no federation document.")
        : null;

    private PeerProblem? PeerRefusal(PeerId peer) => host.IsRegistered(peer) switch
    {
        true => null,
        false => new PeerProblem(PeerProblemKind.UnknownPeer, $"Peer '{peer}' is not registered in this cluster. Its route names another one's endpoints."),
        null => new PeerProblem(PeerProblemKind.NotReady, "This silo does not know the peers of its cluster yet. Ask another one, or again."),
    };

    private PeerProblem? LengthRefusal(PeerRequest request) => request.Length switch
    {
        null => new PeerProblem(PeerProblemKind.LengthRequired, "A message announces its length (Content-Length)."),
        var length when length > maxBytes => new PeerProblem(
            PeerProblemKind.TooLarge, $"The message has {length} bytes; {maxBytes} are taken, as follows from AllData:Limits."),
        _ => null,
    };

    // What a path names: a call of a peer, or one of the cluster itself.
    private readonly record struct Called(PeerId Peer, ServedCall? Call, string OfCluster);
}
