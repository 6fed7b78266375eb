using System.Net;
using AllData.Configuration;
using AllData.Silo.Http;
using Microsoft.Extensions.Options;

namespace AllData.Silo.Hosting;

/// <summary>The HTTP address of a peer that is shown to others.</summary>
internal static class PeerEndpoint
{
    /// <summary>
    /// Where the silo listens; if it listens everywhere, the address by which other silos reach it. Empty if that cannot be known before it listens.
    /// </summary>
    public static string Of(EventHttpOptions http, SiloEndpointOptions silo, bool isSecure)
    {
        var text = IsWildcard(http.Address) ? silo.Address : http.Address;
        return http.Port is > 0 and <= IPEndPoint.MaxPort && IPAddress.TryParse(text, out var address) && !IsWildcard(text)
            ? $"{(isSecure ? "https" : "http")}://{new IPEndPoint(address, http.Port)}"
            : "";
    }

    /// <summary>Whether an address means every address of the machine: no client can connect to it.</summary>
    public static bool IsWildcard(string address) =>
        IPAddress.TryParse(address.Trim('[', ']'), out var parsed) && (parsed.Equals(IPAddress.Any) || parsed.Equals(IPAddress.IPv6Any));
}

/// <summary>Refuses an address that would be published but that no client could connect to.</summary>
internal sealed class PeerEndpointValidator : IValidateOptions<AllDataOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, AllDataOptions options)
    {
        var endpoint = options.Peer.Endpoint;
        if (endpoint.Length == 0)
        {
            return ValidateOptionsResult.Success;
        }

        return Uri.TryCreate(endpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && !PeerEndpoint.IsWildcard(address.Host)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"AllData:Peer:Endpoint is '{endpoint}': write the address at which others reach this silo's HTTP port, for example http://10.0.0.5:8081.");
    }
}
