using AllData.Replication;

namespace AllData.Storage.Engine;

/// <summary>A step of a scrub.</summary>
/// <param name="Page">What was read and found.</param>
/// <param name="Damage">
/// A finding that makes the interval's sums doubtful and that the reader could not note itself: the shell has the writer note it. Otherwise null.
/// </param>
internal readonly record struct ScrubStep(ScrubPage Page, string? Damage);
