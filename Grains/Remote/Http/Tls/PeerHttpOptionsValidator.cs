using System.Net;
using AllData.Configuration;
using Microsoft.Extensions.Options;

namespace AllData.Remote.Http.Tls;

/// <summary>Refuses options of the peer protocol that contradict each other, cannot work, or would let every caller in.</summary>
internal sealed class PeerHttpOptionsValidator(TimeProvider time) : IValidateOptions<AllDataOptions>
{
    private const string Section = PeerHttpOptions.Section;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, AllDataOptions options)
    {
        var http = options.Peers.Http;
        var failures = ListenFailures(http).Concat(CertificateFailures(http)).Concat(BoundFailures(http, options.Limits))
            .Concat(SlowBodyRules.Complaints(Section, http.MinBodyBytesPerSecond, http.BodyRateGrace, http.BodyTimeout)).ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> ListenFailures(PeerHttpOptions o)
    {
        if (o.Port is < 0 or > IPEndPoint.MaxPort)
        {
            yield return $"{Section}:Port is {o.Port}; a port is 0 (any free one) to {IPEndPoint.MaxPort}.";
        }

        if (!IPAddress.TryParse(o.Address, out var address))
        {
            yield return $"{Section}:Address is '{o.Address}', which is not an IP address. Use 127.0.0.1, or 0.0.0.0 for all.";
        }
        else if (o.Port is not null && o.CertificateFile.Length == 0 && !IPAddress.IsLoopback(address))
        {
            yield return $"{Section}:Address is '{o.Address}' and there is no certificate: anybody could write and read. Set {Section}:CertificateFile, and "
                + ":TrustedCaFile or :TrustedThumbprints, or listen on a loopback address.";
        }
    }

    private IEnumerable<string> CertificateFailures(PeerHttpOptions o)
    {
        var isTrusting = o.TrustedCaFile.Length > 0 || o.TrustedThumbprints.Length > 0;
        if (isTrusting != (o.CertificateFile.Length > 0))
        {
            return [$"{Section}:CertificateFile is '{o.CertificateFile}', and {(isTrusting ? "others are trusted" : "nobody is trusted")}: both ends identify "
                + "themselves. Set it together with :TrustedCaFile or :TrustedThumbprints."];
        }

        try
        {
            _ = PeerCertificates.Load(o, time);
            return [];
        }
        catch (FormatException e)
        {
            return [e.Message];
        }
    }

    private static IEnumerable<string> BoundFailures(PeerHttpOptions o, LimitOptions limits)
    {
        foreach (var (option, value) in new[]
        {
            (nameof(o.MaxConnections), o.MaxConnections), (nameof(o.MaxStreams), o.MaxStreams), (nameof(o.MaxRequestsInFlight), o.MaxRequestsInFlight),
        })
        {
            if (value < 1)
            {
                yield return $"{Section}:{option} is {value}; at least 1 is needed.";
            }
        }

        // A question and its answer; where nothing listens, whatever it is.
        var least = o.Port is null ? 1 : 2L * limits.LargestMessageBytes;
        if (o.MaxWaitingBytes < least)
        {
            yield return $"{Section}:MaxWaitingBytes is {o.MaxWaitingBytes}; at least {least} are needed, two of the largest messages that follow from "
                + "AllData:Limits. Raise it.";
        }
    }
}
