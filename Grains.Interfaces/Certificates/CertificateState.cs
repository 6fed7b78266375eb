using System.Text.Json.Serialization;
using AllData.Json;

namespace AllData.Certificates;

/// <summary>What a certificate promises.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<CertificateState>))]
public enum CertificateState
{
    /// <summary>
    /// Something may be missing: a peer that may hold something has not answered, or a number that a coordinator issued is neither held nor known to be
    /// abandoned. The certificate names it.
    /// </summary>
    Unknown = 0,

    /// <summary>The root covers all events that were acknowledged; some copies of them are missing. The certificate names the peers that lack them.</summary>
    CompleteDegraded = 1,

    /// <summary>The root covers all events that were acknowledged, and all peers hold the copies that they are responsible for.</summary>
    Complete = 2,
}
