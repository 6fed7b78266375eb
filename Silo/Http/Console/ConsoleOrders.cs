using System.Text.Json;
using AllData.Errors;
using AllData.Membership;
using AllData.Peers;
using AllData.Security;

namespace AllData.Silo.Http.Console;

/// <summary>
/// What operators do from the console: count what would be left without a peer, drain it, take it back into use, drop it. The registry checks the order, as it
/// does for the CLI; nothing is dropped by force from here.
/// </summary>
internal sealed class ConsoleOrders(IConsoleStore store, AuditLog audit)
{
    private static readonly ProblemKind Unknown = new(StatusCodes.Status404NotFound, "peer-not-found", "No such peer");

    private static readonly ProblemKind Refused = new(StatusCodes.Status409Conflict, "peer-refused", "The registry refuses the order");

    private static readonly ProblemKind Needed = new(StatusCodes.Status409Conflict, "peer-still-needed", "The peer is still needed");

    /// <summary>Maps it.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var operates = new NeedsRole(StoreRoles.Operator);
        routes.MapGet($"{ConsolePages.Root}/peers/{{peer}}/departure", CountAsync).WithMetadata(operates);
        foreach (var order in Enum.GetValues<PeerOrder>())
        {
            routes.MapPost($"{ConsolePages.Root}/peers/{{peer}}/{NameOf(order)}", context => OrderAsync(context, order)).WithMetadata(operates);
        }
    }

    private static string NameOf(PeerOrder order) => $"{order}".ToLowerInvariant();

    private async Task OrderAsync(HttpContext context, PeerOrder order)
    {
        if (await FindAsync(context) is not { } peer)
        {
            return;
        }

        try
        {
            var topology = await store.OrderAsync(order, peer);
            Audit(context, order, peer, AuditEntry.Done, null);
            ConsolePages.Protect(context.Response);
            context.Response.Headers.CacheControl = "no-store";
            await Documents.WriteAsync(
                context, StatusCodes.Status200OK, Documents.Json, new OrderDocument(peer.Value, NameOf(order), topology.Version));
        }
        catch (PeerStillNeededException e)
        {
            Audit(context, order, peer, AuditEntry.Failed, e.Message);
            await ProblemResponses.RefuseAsync(context, Needed, e.Message);
        }
        catch (PeerRefusedException e)
        {
            Audit(context, order, peer, AuditEntry.Failed, e.Message);
            await ProblemResponses.RefuseAsync(context, Refused, e.Message);
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            Audit(context, order, peer, AuditEntry.Failed, e.Message);
            throw;
        }
    }

    // Lines of JSON, one for each window that was counted: the page shows how far it is.
    private async Task CountAsync(HttpContext context)
    {
        if (await FindAsync(context) is not { } peer)
        {
            return;
        }

        await foreach (var check in store.CheckDepartureAsync(peer, context.RequestAborted).WithCancellation(context.RequestAborted))
        {
            if (!context.Response.HasStarted)
            {
                ConsolePages.Protect(context.Response);
                context.Response.Headers.CacheControl = "no-store";
                context.Response.ContentType = "application/x-ndjson";
            }

            byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(CountDocument.Of(peer, check), Documents.Options), (byte)'\n'];
            await context.Response.Body.WriteAsync(line, context.RequestAborted);
        }
    }

    private async Task<PeerId?> FindAsync(HttpContext context)
    {
        var name = (string?)context.Request.RouteValues["peer"];
        if (PeerId.TryParse(name, out var peer) && store.Topology.Store.Peers.Any(p => p.Id == peer))
        {
            return peer;
        }

        await ProblemResponses.RefuseAsync(context, Unknown, $"'{name}' is no peer of this store.");
        return null;
    }

    private void Audit(HttpContext context, PeerOrder order, PeerId peer, string result, string? reason)
    {
        if (context.Features.Get<HttpCaller>() is { } caller)
        {
            audit.Write(new AuditEntry(
                $"POST {ConsolePages.Root}/peers/{NameOf(order)}", result, caller.Name, $"{context.Connection.RemoteIpAddress}", peer.Value, reason));
        }
    }

    /// <summary>An order that was taken.</summary>
    private sealed record OrderDocument(string Peer, string Order, long TopologyVersion);

    /// <summary>What was counted so far of what would be left without a peer.</summary>
    /// <param name="MinutesChecked">Minutes that were looked at.</param>
    /// <param name="MinutesTotal">Minutes there are.</param>
    /// <param name="Blocks">Blocks looked at.</param>
    /// <param name="Events">Events in them.</param>
    /// <param name="ShortBlocks">Blocks that would have too few copies.</param>
    /// <param name="LostBlocks">Of these, blocks that would have none.</param>
    /// <param name="NotAnswering">Peers whose copies are not counted.</param>
    /// <param name="IsEnded">Whether all was looked at.</param>
    /// <param name="WhyKept">Why the registry would keep the peer; null when it may go.</param>
    private sealed record CountDocument(
        long MinutesChecked, long MinutesTotal, long Blocks, long Events, long ShortBlocks, long LostBlocks, string[] NotAnswering, bool IsEnded,
        string? WhyKept)
    {
        // Peers that are named: of thousands a few are enough.
        private const int MaxNamed = 20;

        public static CountDocument Of(PeerId peer, DepartureCheck check) => new(
            check.MinutesChecked, check.MinutesTotal, check.Blocks, check.Events, check.Shortages.Sum(static s => s.Blocks),
            check.Shortages.Where(static s => s.CopiesLeft == 0).Sum(static s => s.Blocks),
            [.. check.NotAnswering.Take(MaxNamed).Select(static p => p.Value)], check.IsEnded, DepartureCounts.WhyKept(peer, check));
    }
}
