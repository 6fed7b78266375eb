using AllData.Replication;

namespace AllData.Certificates;

/// <summary>The words that the lines of a certificate begin with, in their order.</summary>
internal static class CertificateLines
{
    public const string Format = "alldata-interval-certificate/1";
    public const string Store = "store";
    public const string Cluster = "cluster";
    public const string Interval = "interval";
    public const string Version = "version";
    public const string State = "state";
    public const string Events = "events";
    public const string Conflicts = "conflicts";
    public const string Root = "root";
    public const string Blocks = "blocks";
    public const string Abandoned = "abandoned";
    public const string InFlightAtCrash = "in-flight-at-crash";
    public const string Missing = "missing";
    public const string EndUnknown = "end-unknown";
    public const string Accepted = "accepted";
    public const string AcceptedEnd = "accepted-end";
    public const string Unnumbered = "unnumbered";
    public const string AcceptedUnnumbered = "accepted-unnumbered";
    public const string CopiesStrict = "copies-strict";
    public const string CopiesRelaxed = "copies-relaxed";
    public const string CopiesUnderReplicated = "copies-under-replicated";
    public const string MissingCopies = "missing-copies";
    public const string Answered = "answered";
    public const string Doubt = "doubt";
    public const string Policy = "policy";
    public const string Topology = "topology";
    public const string Previous = "previous";
    public const string Time = "time";

    /// <summary>In the place of a value that there is not.</summary>
    public const string None = "none";

    /// <summary>How a time is written.</summary>
    public const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>A state as it is written.</summary>
    public static string TextOf(CertificateState state) => state switch
    {
        CertificateState.Complete => "complete",
        CertificateState.CompleteDegraded => "complete-degraded",
        _ => "unknown",
    };

    /// <summary>Why a peer is in doubt, as it is written.</summary>
    public static string TextOf(DoubtReason reason) => reason switch
    {
        DoubtReason.Silent => "silent",
        DoubtReason.Open => "open",
        DoubtReason.Damaged => "damaged",
        _ => "numbers",
    };

    /// <summary>Numbers as they are written: commas instead of the blanks that separate the values of a line.</summary>
    public static string TextOf(NumberRanges numbers) => numbers.ToString().Replace(' ', ',');

    /// <summary>Reads numbers as they are written; null when the text is not exactly some.</summary>
    public static NumberRanges? NumbersOf(string text) =>
        !text.Contains(' ', StringComparison.Ordinal) && NumberRanges.TryParse(text.Replace(',', ' '), out var numbers) && !numbers.IsEmpty ? numbers : null;
}
