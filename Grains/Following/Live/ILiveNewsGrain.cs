using System.Collections.Immutable;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Following.Live;

/// <summary>What silos with live readers and coordinators say to each other. One for each peer, at its silo; not part of the contract.</summary>
[Alias("AllData.ILiveNewsGrain")]
internal interface ILiveNewsGrain : IGrainWithStringKey
{
    /// <summary>A silo wants to be told of acknowledged blocks, for the next seconds.</summary>
    /// <param name="reader">The peer of that silo.</param>
    [Alias("Subscribe")]
    Task Subscribe(PeerId reader);

    /// <summary>Blocks were acknowledged.</summary>
    [Alias("Tell")]
    Task Tell(ImmutableArray<BlockBytes> blocks);
}
