using System.Collections.Immutable;
using AllData.Client.Peers;
using AllData.Copies;
using AllData.Events;
using AllData.Peers;

namespace AllData.Client.Copies;

/// <summary>A block, and what each peer has to do with its copies.</summary>
/// <param name="Minute">The minute of its first key.</param>
/// <param name="Block">The block.</param>
/// <param name="States">What each peer has to do with it.</param>
/// <param name="CopiesAsked">How many copies there are meant to be.</param>
internal sealed record BlockCopies(UnixMinute Minute, NamedBlock Block, ImmutableSortedDictionary<PeerId, CopyState> States, int CopiesAsked)
{
    /// <summary>How many peers hold one, those that can only be believed included.</summary>
    public int Copies => States.Values.Count(static s => s is CopyState.Held or CopyState.Extra or CopyState.Believed);

    /// <summary>Whether a peer that answers owes a copy, or one that does not may.</summary>
    public bool IsIncomplete => States.Values.Any(static s => s is CopyState.Missing or CopyState.Unknown);
}

/// <summary>The blocks of a range, and the peers that hold them.</summary>
/// <param name="Blocks">The blocks, by minute.</param>
/// <param name="Peers">The peers that store.</param>
/// <param name="Silent">Those that did not answer about all of it.</param>
/// <param name="Next">The first minute that was not looked at; null when all were.</param>
internal sealed record BlockMatrix(ImmutableArray<BlockCopies> Blocks, ImmutableArray<PeerId> Peers, ImmutableArray<SilentPeer> Silent, UnixMinute? Next);
