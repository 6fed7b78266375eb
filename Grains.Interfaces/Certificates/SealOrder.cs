using AllData.Intervals;

namespace AllData.Certificates;

/// <summary>An order to seal an interval.</summary>
/// <param name="Interval">The interval.</param>
/// <param name="AcceptMissing">
/// The reason for which an operator accepts block numbers that are missing, one line of at most 200 characters; null: they are not accepted. The certificate
/// says so forever.
/// </param>
/// <param name="EvenUnknown">Whether a certificate is wanted that promises nothing about completeness, too: it fixes the events that are there.</param>
[GenerateSerializer, Immutable, Alias("AllData.SealOrder")]
public sealed record SealOrder(
    [property: Id(0)] Interval Interval, [property: Id(1)] string? AcceptMissing = null, [property: Id(2)] bool EvenUnknown = false);
