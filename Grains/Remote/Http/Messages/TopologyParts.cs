using System.Collections.Immutable;
using AllData.Federation;
using AllData.Intervals;
using AllData.Peers;

namespace AllData.Remote.Http.Messages;

/// <summary>
/// A topology in a message. What is read keeps the rules that a registry keeps, so that planning can rely on it: names, places, ordinals within their
/// bounds, each once. The addresses that are shown to people stay at home.
/// </summary>
internal static class TopologyParts
{
    private const int MostEntries = Events.EventKey.MaxOrdinal;
    private const byte NotStoring = 0;
    private const byte Storing = 1;
    private const byte PutOnly = 2;
    private const int LeastPeer = 2 + 2 + 2 + 1 + 1 + 1 + 16;
    private const int LeastOrdinal = 1 + 2 + 16;
    private const int LeastReplacement = 1 + 2 + 1 + 1 + 1 + 1;
    private const int LeastCandidate = 1 + 1;

    /// <summary>Writes all but the version, which stands before it.</summary>
    public static void Write(PeerMessageWriter w, TopologySnapshot topology)
    {
        w.Guid(topology.ClusterId);
        w.Number((long)topology.IntervalLength.TotalMilliseconds);
        w.List(topology.Peers, WriteDescriptor);
        w.List(topology.Ordinals, static (w, given) =>
        {
            w.Count(given.Ordinal);
            w.Text(given.Peer.Value);
            w.Guid(given.Directory);
        });
        w.List(topology.Replacements, WriteReplacement);
    }

    /// <summary>Reads it.</summary>
    public static TopologySnapshot Read(ref PeerMessageReader r, long version)
    {
        var topology = new TopologySnapshot
        {
            Version = version,
            ClusterId = r.Guid(),
            IntervalLength = ReadLength(r.Number()),
            Peers = Ascending(List(ref r, LeastPeer, ReadDescriptor), static p => p.Id, "peers"),
            Ordinals = Ascending(List(ref r, LeastOrdinal, ReadGiven), static o => o.Ordinal, "ordinals"),
            Replacements = List(ref r, LeastReplacement, ReadReplacement),
        };
        return topology.Peers.DistinctBy(static p => p.Ordinal).Count() == topology.Peers.Length
            ? topology
            : throw new PeerProtocolException("Two peers of a topology have one ordinal.");
    }

    /// <summary>Values with their number before them, no more than a store has ordinals.</summary>
    public static ImmutableArray<T> List<T>(ref PeerMessageReader r, int least, ReadValue<T> read) => r.List(least, read) is var list
        && list.Length <= MostEntries ? list : throw new PeerProtocolException($"A list of {list.Length} values; a cluster has {MostEntries}, at most.");

    /// <summary>Refuses a list that is not in order, or has a value twice.</summary>
    public static ImmutableArray<T> Ascending<T, TKey>(ImmutableArray<T> list, Func<T, TKey> keyOf, string what)
        where TKey : IComparable<TKey>
    {
        for (var i = 1; i < list.Length; i++)
        {
            if (keyOf(list[i - 1]).CompareTo(keyOf(list[i])) >= 0)
            {
                throw new PeerProtocolException($"The {what} are not in ascending order, each once: '{keyOf(list[i])}' is behind '{keyOf(list[i - 1])}'.");
            }
        }

        return list;
    }

    /// <summary>A peer's name.</summary>
    public static PeerId ReadPeer(ref PeerMessageReader r) => r.Text() is var text && PeerId.TryParse(text, out var peer)
        ? peer
        : throw new PeerProtocolException($"{text.Length} characters that are no peer name.");

    private static void WriteDescriptor(PeerMessageWriter w, PeerDescriptor peer)
    {
        w.Text(peer.Id.Value);
        WriteLocation(w, peer.Location);
        w.Byte((byte)peer.Status);
        w.Byte(peer.IsPutOnly ? PutOnly : peer.Stores ? Storing : NotStoring);
        w.Count(peer.Ordinal);
        w.Guid(peer.Directory);
    }

    private static PeerDescriptor ReadDescriptor(ref PeerMessageReader r)
    {
        var (peer, location, status, kind) = (ReadPeer(ref r), ReadLocation(ref r), (PeerStatus)r.OneOf((byte)PeerStatus.Away), r.OneOf(PutOnly));

        // How a put-only peer is reached, its own cluster alone knows.
        return new PeerDescriptor(peer, location, status, kind == Storing, ReadOrdinal(ref r), r.Guid(), "") { Client = kind == PutOnly ? "" : null };
    }

    private static DirectoryOrdinal ReadGiven(ref PeerMessageReader r) => new(ReadOrdinal(ref r), ReadPeer(ref r), r.Guid());

    private static void WriteReplacement(PeerMessageWriter w, PeerReplacement entry)
    {
        w.Number(entry.Version);
        w.Text(entry.Peer.Value);
        w.Count(entry.Ordinal);
        w.Byte((byte)entry.Reason);
        WriteKnownLocation(w, entry.Location);
        w.List(entry.Candidates, static (w, candidate) =>
        {
            w.Count(candidate.Ordinal);
            WriteKnownLocation(w, candidate.Location);
        });
    }

    private static PeerReplacement ReadReplacement(ref PeerMessageReader r)
    {
        var (version, peer, ordinal, reason) = (r.Number(), ReadPeer(ref r), ReadOrdinal(ref r), (ReplacementReason)r.OneOf((byte)ReplacementReason.Away));
        var location = ReadKnownLocation(ref r);
        var candidates = List(
            ref r, LeastCandidate, static (ref PeerMessageReader r) => new ReplacementCandidate(ReadOrdinal(ref r), ReadKnownLocation(ref r)));
        return new PeerReplacement(version, peer, ordinal, reason, candidates) { Location = location };
    }

    // An entry of an older registry does not say where the peer was.
    private static void WriteKnownLocation(PeerMessageWriter w, PeerLocation location)
    {
        w.Flag(location.Region is not null);
        if (location.Region is not null)
        {
            WriteLocation(w, location);
        }
    }

    private static PeerLocation ReadKnownLocation(ref PeerMessageReader r) => r.Flag() ? ReadLocation(ref r) : default;

    private static void WriteLocation(PeerMessageWriter w, PeerLocation location)
    {
        w.Text(location.Region);
        w.Text(location.Zone);
    }

    private static PeerLocation ReadLocation(ref PeerMessageReader r) =>
        new PeerLocation(r.Text(), r.Text()) is var location && location.Fault is { } fault ? throw new PeerProtocolException(fault) : location;

    private static int ReadOrdinal(ref PeerMessageReader r) => r.Count() is var ordinal && OrdinalRange.All.Contains(ordinal)
        ? ordinal
        : throw new PeerProtocolException($"{ordinal} is no ordinal: {OrdinalRange.All} are.");

    private static TimeSpan ReadLength(long milliseconds) =>
        milliseconds is > 0 and <= 86_400_000 && TimeSpan.FromMilliseconds(milliseconds) is var length && Interval.AllowedLengths.Contains(length)
            ? length
            : throw new PeerProtocolException($"{milliseconds} ms is no length of an interval.");
}
