using System.Collections.Immutable;
using AllData.Security;

namespace AllData.Client.Connection;

/// <summary>Which cluster, and how long to wait for it.</summary>
/// <param name="Gateways">Gateways to connect to; empty: those of the local cluster that answer.</param>
/// <param name="ClusterId">Orleans' cluster id.</param>
/// <param name="ServiceId">Orleans' service id.</param>
/// <param name="ConnectTimeout">How long to try to connect.</param>
/// <param name="ResponseTimeout">How long to wait for an answer, through a gateway that died as well.</param>
internal sealed record ClusterAddress(
    ImmutableArray<GatewayAddress> Gateways, string ClusterId, string ServiceId, TimeSpan ConnectTimeout, TimeSpan ResponseTimeout)
{
    /// <summary>How the client identifies itself, and which silos it trusts; null where the gateways speak plain TCP.</summary>
    public AllDataTlsOptions? Tls { get; init; }

    /// <summary>The cluster and service id of a cluster with no id of its own.</summary>
    public const string DefaultId = "alldata";

    /// <summary>The gateways of the local cluster.</summary>
    public static ImmutableArray<GatewayAddress> LocalGateways { get; } =
        [.. Enumerable.Range(8281, 6).Select(port => new GatewayAddress("127.0.0.1", port))];
}
