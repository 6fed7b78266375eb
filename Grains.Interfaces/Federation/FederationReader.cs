using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using AllData.Intervals;
using AllData.Peers;

namespace AllData.Federation;

/// <summary>
/// Makes a document of JSON, in the order in which documents are compared. What cannot be read is complained of and left empty, so that the rest can still
/// be checked.
/// </summary>
internal static class FederationReader
{
    /// <summary>Stands for a number that could not be read; no rule looks at it.</summary>
    public const int Unread = -1;

    /// <summary>Reads the document.</summary>
    /// <param name="root">The JSON.</param>
    /// <param name="faults">Gets a sentence for all that cannot be read.</param>
    public static FederationDocument Read(JsonElement root, List<string> faults)
    {
        var members = new JsonMembers(root, "", faults, "store", "aliases", "version", "intervalLength", "clusters");
        return new FederationDocument
        {
            Store = members.Text("store") is { } store ? members.IdOf("store", store) : Guid.Empty,
            Aliases = [.. members.Texts("aliases").Select(alias => members.IdOf("aliases", alias)).Where(static id => id != Guid.Empty).Order()],
            Version = members.Number("version", 1, int.MaxValue) ?? Unread,
            IntervalLength = LengthOf(members),
            Clusters = [.. members.Objects("clusters", isRequired: true).Select(c => ReadCluster(c.Element, c.Place, faults)).OrderBy(static c => c.Number)],
        };
    }

    private static TimeSpan LengthOf(JsonMembers members)
    {
        if (members.Text("intervalLength") is not { } text)
        {
            return default;
        }

        if (TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var length) && Interval.AllowedLengths.Contains(length))
        {
            return length;
        }

        members.Complain("intervalLength", $"is {JsonMembers.Show(text)}: write 1.00:00:00, 03:00:00, 01:00:00, 00:15:00 or 00:05:00.");
        return default;
    }

    private static FederationCluster ReadCluster(JsonElement element, string place, List<string> faults)
    {
        var members = new JsonMembers(
            element, place, faults, "number", "name", "regions", "dropped", "peers", "ordinals", "authority", "authorityFile", "thumbprints");
        var number = members.Number("number", 0, FederationDocument.MaxClusters - 1) ?? Unread;
        return new FederationCluster
        {
            Number = number,
            Name = members.Text("name") ?? "",
            Regions = [.. members.Texts("regions", isRequired: !members.Has("dropped")).Order(StringComparer.Ordinal)],
            Dropped =
            [
                .. members.Objects("dropped", isRequired: members.Has("dropped")).Select(d => ReadDropped(d.Element, d.Place, faults))
                    .OrderBy(static d => d.Region, StringComparer.Ordinal),
            ],
            Peers = [.. members.Texts("peers")],
            Ordinals = RangesOf(members, number, faults),
            Authority = members.Text("authority", isRequired: false)?.ReplaceLineEndings("\n").Trim(),
            AuthorityFile = members.Text("authorityFile", isRequired: false),
            Thumbprints = [.. members.Texts("thumbprints").Select(static t => t.ToUpperInvariant()).Order(StringComparer.Ordinal)],
        };
    }

    private static DroppedRegion ReadDropped(JsonElement element, string place, List<string> faults)
    {
        var members = new JsonMembers(element, place, faults, "region", "at", "blocks", "events", "unknown");
        return new DroppedRegion
        {
            Region = members.Text("region") ?? "",
            At = TimeOf(members),
            Blocks = members.Count("blocks"),
            Events = members.Count("events"),
            Unknown = [.. members.Texts("unknown")],
        };
    }

    private static DateTimeOffset TimeOf(JsonMembers members)
    {
        const DateTimeStyles utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        var text = members.Text("at");
        if (DateTimeOffset.TryParseExact(text, DroppedRegion.TimeFormat, CultureInfo.InvariantCulture, utc, out var time) || text is null)
        {
            return time;
        }

        members.Complain("at", $"is {JsonMembers.Show(text)}: write a time of UTC in whole seconds, for example 2026-01-02T03:04:05Z.");
        return default;
    }

    private static ImmutableArray<OrdinalRange> RangesOf(JsonMembers members, int number, List<string> faults)
    {
        if (!members.Has("ordinals"))
        {
            return number == Unread ? [] : [OrdinalRange.DefaultOf(number)];
        }

        return [.. members.Objects("ordinals", isRequired: true).SelectMany(r => ReadRange(r.Element, r.Place, faults)).OrderBy(static r => r.First)
            .ThenBy(static r => r.Last)];
    }

    private static OrdinalRange[] ReadRange(JsonElement element, string place, List<string> faults)
    {
        var members = new JsonMembers(element, place, faults, "first", "last");
        var (first, last) = (members.Number("first", 1, OrdinalRange.All.Last), members.Number("last", 1, OrdinalRange.All.Last));
        if (first > last)
        {
            members.Complain("first", $"is {first} and last is {last}: write the smaller one first.");
        }

        return first is { } from && last is { } to && from <= to ? [new OrdinalRange(from, to)] : [];
    }
}
