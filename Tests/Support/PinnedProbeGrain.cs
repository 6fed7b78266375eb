using AllData.Placement;
using Orleans.Runtime;

namespace AllData.Tests.Support;

/// <summary>A grain that is pinned as a replica is, and says where it lives.</summary>
[Alias("AllData.Tests.IPinnedProbeGrain")]
public interface IPinnedProbeGrain : IGrainWithStringKey
{
    /// <summary>The silo and the activation that answered.</summary>
    [Alias("Where")]
    Task<PinnedProbe> Where();
}

/// <summary>The same once more for each kind: grains of one peer that a directory would keep on different silos.</summary>
[Alias("AllData.Tests.IPinnedProbeGrain`1")]
public interface IPinnedProbeGrain<TKind> : IPinnedProbeGrain;

/// <summary>Calls pinned grains from inside a silo: a stateless worker runs on the silo that is asked.</summary>
[Alias("AllData.Tests.IPinnedProbeCallerGrain")]
public interface IPinnedProbeCallerGrain : IGrainWithStringKey
{
    /// <summary>Asks the pinned grain of a peer; also says which silo asked.</summary>
    [Alias("Ask")]
    Task<(string Caller, PinnedProbe Answer)> Ask(string key);
}

/// <summary>Where a pinned grain lives: silo name, activation, silo.</summary>
[GenerateSerializer, Immutable, Alias("AllData.Tests.PinnedProbe")]
public sealed record PinnedProbe(
    [property: Id(0)] string SiloName,
    [property: Id(1)] string Activation,
    [property: Id(2)] SiloAddress Silo);

[PinnedToPeer]
internal sealed class PinnedProbeGrain<TKind>(ILocalSiloDetails silo) : Grain, IPinnedProbeGrain<TKind>
{
    public Task<PinnedProbe> Where() =>
        Task.FromResult(new PinnedProbe(silo.Name, GrainContext.ActivationId.ToString(), silo.SiloAddress));
}

[Orleans.Concurrency.StatelessWorker]
internal sealed class PinnedProbeCallerGrain(ILocalSiloDetails silo) : Grain, IPinnedProbeCallerGrain
{
    public async Task<(string Caller, PinnedProbe Answer)> Ask(string key) =>
        (silo.Name, await GrainFactory.GetGrain<IPinnedProbeGrain<int>>(key).Where());
}
