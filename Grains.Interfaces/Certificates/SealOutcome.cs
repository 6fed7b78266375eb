using System.Text.Json.Serialization;
using AllData.Json;

namespace AllData.Certificates;

/// <summary>What an attempt to seal an interval has led to.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<SealStatus>))]
public enum SealStatus
{
    /// <summary>There is no new certificate; the reason says what is missing.</summary>
    NotSealed = 0,

    /// <summary>There is a new certificate, signed by more than half of the storing peers.</summary>
    Sealed = 1,

    /// <summary>The interval has a certificate already that says the same.</summary>
    Unchanged = 2,
}

/// <summary>The outcome of an attempt to seal an interval.</summary>
/// <param name="Status">What it has led to.</param>
/// <param name="Reason">A sentence for people.</param>
/// <param name="Certificate">The interval's newest certificate; null while it has none.</param>
[GenerateSerializer, Immutable, Alias("AllData.SealOutcome")]
public sealed record SealOutcome([property: Id(0)] SealStatus Status, [property: Id(1)] string Reason, [property: Id(2)] CertificateEntry? Certificate);
