using System.Net;
using System.Net.Sockets;
using AllData.Events;

namespace AllData.Client.Connection;

/// <summary>A gateway as a user names it.</summary>
/// <param name="Host">Host name or IP address, without brackets.</param>
/// <param name="Port">1 to 65535.</param>
internal readonly record struct GatewayAddress(string Host, int Port)
{
    /// <summary>Reads <c>host:port</c> or <c>[ipv6]:port</c>; false when it is neither.</summary>
    public static bool TryParse(string text, out GatewayAddress address)
    {
        address = default;
        var colon = text.LastIndexOf(':');
        if (colon <= 0
            || !WholeNumber.TryParse(text.AsSpan(colon + 1), int.MaxValue, out int port)
            || port is < 1 or > IPEndPoint.MaxPort)
        {
            return false;
        }

        var host = text[..colon];
        var bracketed = host.StartsWith('[') && host.EndsWith(']');
        address = new GatewayAddress(bracketed ? host[1..^1] : host, port);
        return bracketed || !host.Contains(':');
    }

    /// <summary>Resolves the host; IPv4 first, because silos announce it by default.</summary>
    /// <exception cref="NoClusterException">The name has no address.</exception>
    public async Task<IPEndPoint> ResolveAsync(CancellationToken cancellation)
    {
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(Host, cancellation);
            return new IPEndPoint(addresses.OrderBy(a => a.AddressFamily == AddressFamily.InterNetwork ? 0 : 1).First(), Port);
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException or ArgumentException)
        {
            throw new NoClusterException($"The host of gateway {this} cannot be resolved ({e.Message}). Check --gateway HOST:PORT.", e);
        }
    }

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
