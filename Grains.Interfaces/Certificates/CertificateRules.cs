using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using AllData.Events;
using AllData.Replication;

namespace AllData.Certificates;

/// <summary>What a certificate can say.</summary>
internal static class CertificateRules
{
    /// <summary>Most characters of a reason or a policy.</summary>
    public const int MaxWords = 200;

    /// <summary>Most numbers of a coordinator in an interval: a number has 32 bits.</summary>
    public const long MaxNumbers = 1L << 32;

    /// <summary>Why a certificate is not possible: the first of its faults, a sentence; null when it is possible.</summary>
    public static string? FaultOf(IntervalCertificate certificate) =>
        certificate.Version < 1 ? $"version is {certificate.Version}: the first is 1."
        : certificate.Interval == default ? "interval is not set."
        : certificate.Content is { Events: < 0 } or { Conflicts: < 0 } || certificate.Content.Conflicts > certificate.Content.Events / 2
            ? $"{certificate.Content.Events} events cannot have {certificate.Content.Conflicts} conflicts."
        : certificate.Unnumbered < 0 || (certificate.UnnumberedAccepted is not null && certificate.Unnumbered == 0)
            ? "unnumbered blocks are accepted, and there are none."
        : certificate.Copies is { Strict: < 0 } or { Relaxed: < 0 } or { UnderReplicated: < 0 } ? "copies has a number below 0."
        : certificate.Topology < 0 ? $"topology is {certificate.Topology}."
        : certificate.Time.Offset != TimeSpan.Zero || certificate.Time.Ticks % TimeSpan.TicksPerSecond != 0 ? "time is not UTC in whole seconds."
        : FaultOfWords("policy", certificate.Policy ?? "") ?? FaultOfWords("accepted-unnumbered", certificate.UnnumberedAccepted)
            ?? FaultOfPeers(certificate) ?? FaultOfCoordinators(certificate.Coordinators);

    /// <summary>Why words cannot stand in a line: a sentence; null when they can, or are not there.</summary>
    public static string? FaultOfWords(string what, string? words) =>
        words is null || (words.Length is >= 1 and <= MaxWords && words.AsSpan().Trim().Length == words.Length && words.EnumerateRunes().All(IsPrintable))
            ? null
            : $"{what} is not 1 to {MaxWords} printable characters without white space around them.";

    private static string? FaultOfPeers(IntervalCertificate certificate) =>
        FaultOfOrdinals("missing-copies", certificate.MissingCopies.Select(static m => m.Ordinal))
        ?? FaultOfOrdinals("answered", certificate.Answered.Select(static p => p.Ordinal))
        ?? FaultOfOrdinals("doubt", certificate.Doubts.Select(static d => d.Ordinal))
        ?? (certificate.MissingCopies.Any(static m => m.Blocks < 1) ? "missing-copies has a peer that lacks none." : null)
        ?? (certificate.Answered.Select(static p => p.Ordinal).Intersect(certificate.Doubts.Select(static d => d.Ordinal)).Any()
            ? "a peer has answered everything and is in doubt." : null)
        ?? (certificate.Doubts.Any(static d => !Enum.IsDefined(d.Reason)) ? "a doubt has no reason." : null);

    private static string? FaultOfOrdinals(string what, IEnumerable<int> ordinals)
    {
        var last = 0;
        foreach (var ordinal in ordinals)
        {
            if (ordinal <= last || ordinal > EventKey.MaxOrdinal)
            {
                return $"{what} names ordinal {ordinal} after {last}: each stands once, ascending, from 1 to {EventKey.MaxOrdinal}.";
            }

            last = ordinal;
        }

        return null;
    }

    private static string? FaultOfCoordinators(ImmutableArray<CertifiedNumbers> coordinators)
    {
        (int, int) last = (0, int.MaxValue);
        foreach (var one in coordinators)
        {
            if ((one.Ordinal, one.Incarnation).CompareTo(last) <= 0 || one.Ordinal > EventKey.MaxOrdinal || one.Incarnation < 0)
            {
                return $"blocks names coordinator {one.Ordinal}.{one.Incarnation} out of order: each stands once, ascending.";
            }

            if (FaultOf(one) is { } fault)
            {
                return $"coordinator {one.Ordinal}.{one.Incarnation}: {fault}";
            }

            last = (one.Ordinal, one.Incarnation);
        }

        return null;
    }

    private static string? FaultOf(CertifiedNumbers one)
    {
        if (one.Issued is < 0 or > MaxNumbers || (one.Issued == 0 && !one.IsEndUnknown))
        {
            return $"it has issued {one.Issued} numbers, 1 to {MaxNumbers} are possible.";
        }

        // Each number is in one of the sets at most, and a missing one is accepted once at most.
        var sets = one.Abandoned.Union(one.InFlightAtCrash).Union(one.Missing);
        var accepted = one.Accepted.Aggregate(NumberRanges.None, static (all, a) => all.Union(a.Numbers));
        var firsts = one.Accepted.Select(static a => a.Numbers.IsEmpty ? -1 : a.Numbers.Runs[0].First).ToList();
        return !sets.IsEmpty && sets.Runs[^1].Last >= one.Issued ? $"number {sets.Runs[^1].Last} was not issued."
            : sets.Count != one.Abandoned.Count + one.InFlightAtCrash.Count + one.Missing.Count ? "a number is in two of its sets."
            : !accepted.Except(one.Missing).IsEmpty || firsts.Contains(-1) ? "what is accepted is not missing."
            : accepted.Count != one.Accepted.Sum(static a => a.Numbers.Count) ? "a missing number is accepted twice."
            : !firsts.SequenceEqual(firsts.Order()) ? "what is accepted is not in order."
            : one.EndAccepted is not null && !one.IsEndUnknown ? "its end is accepted, and is known."
            : FaultOfWords("accepted-end", one.EndAccepted)
                ?? one.Accepted.Select(static a => FaultOfWords("accepted", a.Reason ?? "")).FirstOrDefault(static f => f is not null);
    }

    // It reaches terminals and logs: nothing that moves a cursor or turns a line round.
    private static bool IsPrintable(Rune rune) => rune != Rune.ReplacementChar
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate);
}
