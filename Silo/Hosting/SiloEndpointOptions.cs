using System.Net;
using Microsoft.Extensions.Options;

namespace AllData.Silo.Hosting;

/// <summary>Where other silos and Orleans clients reach this silo. Configuration section <c>AllData:Silo</c>.</summary>
internal sealed class SiloEndpointOptions
{
    public const string Section = "AllData:Silo";

    /// <summary>
    /// The IP address by which other silos and Orleans clients reach this one, so no wildcard. On another address than loopback a silo needs certificates.
    /// Default: 127.0.0.1.
    /// </summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>The port for other silos. Default: 8181.</summary>
    public int SiloPort { get; set; } = 8181;

    /// <summary>The port for Orleans clients. Default: 8281.</summary>
    public int GatewayPort { get; set; } = 8281;
}

/// <summary>Refuses to start with an address or port that does not exist.</summary>
internal sealed class SiloEndpointOptionsValidator : IValidateOptions<SiloEndpointOptions>
{
    public ValidateOptionsResult Validate(string? name, SiloEndpointOptions options)
    {
        var sentences = Complaints(options).ToList();
        return sentences.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(sentences);
    }

    private static IEnumerable<string> Complaints(SiloEndpointOptions o)
    {
        if (!IPAddress.TryParse(o.Address, out var address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        {
            yield return $"{SiloEndpointOptions.Section}:Address is '{o.Address}'; it is the IP address that other silos connect to, so not a name and "
                + "not a wildcard. Give this machine's own address, for example 10.0.0.5; AllData:Http:Address alone may be 0.0.0.0.";
        }

        foreach (var (option, port) in new[] { (nameof(o.SiloPort), o.SiloPort), (nameof(o.GatewayPort), o.GatewayPort) })
        {
            if (port is < 1 or > IPEndPoint.MaxPort)
            {
                yield return $"{SiloEndpointOptions.Section}:{option} is {port}; a port is 1 to {IPEndPoint.MaxPort}.";
            }
        }

        if (o.SiloPort == o.GatewayPort)
        {
            yield return $"{SiloEndpointOptions.Section}:SiloPort and GatewayPort are both {o.SiloPort}; they must differ.";
        }
    }
}
