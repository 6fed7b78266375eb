using AllData.Peers;

namespace AllData.Membership;

/// <summary>Compares what two topologies say, whatever their versions.</summary>
internal static class SnapshotContent
{
    /// <summary>Whether both say the same of peers, ordinals and replacements.</summary>
    public static bool AreEqual(TopologySnapshot one, TopologySnapshot other) =>
        ReferenceEquals(one, other)
        || (one.ClusterId == other.ClusterId
            && one.IntervalLength == other.IntervalLength
            && one.Peers.AsSpan().SequenceEqual(other.Peers.AsSpan())
            && one.Ordinals.AsSpan().SequenceEqual(other.Ordinals.AsSpan())
            && one.Replacements.Length == other.Replacements.Length
            && one.Replacements.Zip(other.Replacements).All(static pair => AreEqual(pair.First, pair.Second)));

    // The candidates of an array are equal one by one, not the arrays.
    private static bool AreEqual(PeerReplacement one, PeerReplacement other) =>
        (one.Version, one.Peer, one.Ordinal, one.Reason, one.Location) == (other.Version, other.Peer, other.Ordinal, other.Reason, other.Location)
        && one.Candidates.AsSpan().SequenceEqual(other.Candidates.AsSpan());
}
