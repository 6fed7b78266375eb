using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace AllData.Client.Connection;

/// <summary>Finds out which endpoints accept a TCP connection.</summary>
internal static class GatewayProbe
{
    /// <summary>Asks all at once, each within the bound; the answer keeps their order.</summary>
    public static async Task<ImmutableArray<IPEndPoint>> FindAcceptingAsync(
        IReadOnlyCollection<IPEndPoint> endpoints, TimeSpan bound, TimeProvider time, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(bound, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        var accepting = await Task.WhenAll(endpoints.Select(endpoint => AcceptsAsync(endpoint, either.Token)));
        cancellation.ThrowIfCancellationRequested();
        return [.. endpoints.Zip(accepting).Where(pair => pair.Second).Select(pair => pair.First)];
    }

    private static async Task<bool> AcceptsAsync(IPEndPoint endpoint, CancellationToken cancellation)
    {
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endpoint, cancellation);
            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }
}
