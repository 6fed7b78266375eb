using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Hosting;

namespace AllData.Placement;

/// <summary>Registers the placement of pinned grains.</summary>
internal static class PlacementExtensions
{
    /// <summary>Makes <see cref="PinnedToPeerAttribute"/> work on this silo. The silo's name must be the name of its peer.</summary>
    public static ISiloBuilder AddPinnedToPeerPlacement(this ISiloBuilder silo)
    {
        silo.Services.AddSingleton<HostingSilos>();
        silo.Services.AddSingleton<IHostingSilos>(static p => p.GetRequiredService<HostingSilos>());
        silo.AddPlacementDirector<PinnedToPeerPlacement, PinnedToPeerDirector>();
        return silo.AddGrainDirectory(NoGrainDirectory.Name, static (_, _) => new NoGrainDirectory());
    }
}
