namespace AllData.Membership;

/// <summary>The topology that this silo knows.</summary>
internal interface ITopologies
{
    /// <summary>The newest topology with the live peers: one consistent state, to be taken once per block. Reading it never waits.</summary>
    LiveTopology Current { get; }
}
