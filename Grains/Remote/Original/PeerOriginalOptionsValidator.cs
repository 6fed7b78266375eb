using System.Net;
using AllData.Configuration;
using Microsoft.Extensions.Options;

namespace AllData.Remote.Original;

/// <summary>Refuses options of the port for original nodes that cannot work.</summary>
internal sealed class PeerOriginalOptionsValidator : IValidateOptions<AllDataOptions>
{
    private const string Section = PeerOriginalOptions.Section;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, AllDataOptions options)
    {
        var failures = Failures(options.Peers.Original, options.Limits).Concat(SlowBodies(options.Peers.Original)).ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> SlowBodies(PeerOriginalOptions o) =>
        SlowBodyRules.Complaints(Section, o.MinBodyBytesPerSecond, o.BodyRateGrace, o.BodyTimeout);

    private static IEnumerable<string> Failures(PeerOriginalOptions o, LimitOptions limits)
    {
        if (o.Port is < 0 or > IPEndPoint.MaxPort)
        {
            yield return $"{Section}:Port is {o.Port}; a port is 0 (any free one) to {IPEndPoint.MaxPort}.";
        }

        if (!IPAddress.TryParse(o.Address, out _))
        {
            yield return $"{Section}:Address is '{o.Address}', which is not an IP address. Use 127.0.0.1, or 0.0.0.0 for all.";
        }

        if (o.MaxConnections < 1)
        {
            yield return $"{Section}:MaxConnections is {o.MaxConnections}; at least 1 is needed.";
        }

        if (o.MaxRequestsInFlight < 1)
        {
            yield return $"{Section}:MaxRequestsInFlight is {o.MaxRequestsInFlight}; at least 1 is needed.";
        }

        // Where nothing listens, whatever it is.
        var least = o.Port is null ? 1 : limits.MaxEventBytes + OriginalEvent.MaxEnvelopeBytes;
        if (o.MaxWaitingBytes < least)
        {
            yield return $"{Section}:MaxWaitingBytes is {o.MaxWaitingBytes}; at least {least} are needed, the largest event. Raise it.";
        }
    }
}
