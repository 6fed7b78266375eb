using AllData.Certificates;

namespace AllData.Reading;

/// <summary>An interval that was sealed, or whose certificate has a new version: an entry of the cluster's certificate log.</summary>
/// <param name="Index">The entry's place in the log, from 0. A reader that keeps its position continues from the next one.</param>
/// <param name="Certificate">
/// The certificate: the interval, what is certified of its events, and whether these are all (<see cref="IntervalCertificate.State"/>).
/// </param>
public sealed record SealedInterval(long Index, IntervalCertificate Certificate);
