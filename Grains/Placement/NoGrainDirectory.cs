using Orleans.GrainDirectory;

namespace AllData.Placement;

/// <summary>Remembers nothing: the director alone says where a pinned grain is.</summary>
internal sealed class NoGrainDirectory : IGrainDirectory
{
    /// <summary>The name under which grain types ask for it.</summary>
    public const string Name = "AllData.None";

    /// <inheritdoc/>
    public Task<GrainAddress?> Lookup(GrainId grainId) => Task.FromResult<GrainAddress?>(null);

    /// <inheritdoc/>
    public Task<GrainAddress?> Register(GrainAddress address) => Task.FromResult<GrainAddress?>(address);

    /// <inheritdoc/>
    public Task Unregister(GrainAddress address) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task UnregisterSilos(List<SiloAddress> siloAddresses) => Task.CompletedTask;
}
