using AllData.Intervals;

namespace AllData.Certificates;

/// <summary>What the newest certificate of an interval in a log says.</summary>
/// <param name="Version">Its version.</param>
/// <param name="State">Its state.</param>
/// <param name="Content">The events.</param>
/// <param name="Index">Its place in the log, from 0.</param>
internal sealed record LoggedInterval(int Version, CertificateState State, IntervalContent Content, long Index)
{
    /// <summary>The same in short, for callers.</summary>
    /// <param name="interval">The interval.</param>
    public CertifiedInterval Of(Interval interval) => new(interval, Version, State, Content.Events, Content.Conflicts, Content.Root, Index);

    /// <summary>Why a certificate cannot follow this one of the same interval: a sentence; null when it can.</summary>
    /// <param name="last">The newest in the log; null where it has none of the interval.</param>
    /// <param name="next">The one that is to follow.</param>
    public static string? FaultOfNext(LoggedInterval? last, IntervalCertificate next)
    {
        var version = (last?.Version ?? 0) + 1;
        if (next.Version != version)
        {
            return $"it is version {next.Version} of the interval, and version {version} is next.";
        }

        // Late events only ever add to an interval. Fewer or other events in the same number are damage, which no version may cover.
        return last is null || next.Content.Events > last.Content.Events ? null
            : next.Content != last.Content
                ? $"it has {next.Content.Events} events and another root than version {last.Version} with its {last.Content.Events}: events were lost or "
                    + "changed."
            : next.State <= last.State ? $"it says no more than version {last.Version} does."
            : null;
    }
}
