using System.Collections.Immutable;
using AllData.Peers;
using AllData.Protocol.Links;

namespace AllData.Remote;

/// <summary>What this silo knows of the ways to the other clusters of its store. Answers at once, from what is known here.</summary>
internal interface IRegionLinks
{
    /// <summary>The regions that puts do not go to now; empty where the store has one cluster.</summary>
    ImmutableArray<CutOffRegion> CutOff { get; }

    /// <summary>
    /// That this cluster was dropped from the store, by the word of all other clusters that answer: then it takes no puts. Null while one of them goes on with
    /// it, and while none has said it.
    /// </summary>
    ClusterDrop? Dropped => null;

    /// <summary>
    /// The regions of this cluster that another one has dropped: what is put here needs a copy outside of them. Null where none has, as far as is known.
    /// </summary>
    LeavingRegions? Leaving => null;

    /// <summary>The highest version of the federation document that another cluster was heard to use; 0 while nothing was heard.</summary>
    int NewestDocument => 0;

    /// <summary>Whether a peer of another cluster has a silo and its cluster answers, be it that puts do not go there yet.</summary>
    bool Reaches(PeerId peer) => false;
}
