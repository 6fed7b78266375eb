using Orleans.Runtime;

namespace AllData.Tests.Support;

/// <summary>What the silos' membership says.</summary>
internal static class SiloMembership
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    /// <summary>The silos that were declared dead, one name for each incarnation.</summary>
    public static async Task<string[]> DeadAsync(IGrainFactory grains)
    {
        var members = await grains.GetGrain<IManagementGrain>(0).GetDetailedHosts();
        return [.. members.Where(member => member.Status == SiloStatus.Dead).Select(member => member.SiloName).Order()];
    }

    /// <summary>Waits until an incarnation of a peer's silo is declared dead; the time it took.</summary>
    public static Task<TimeSpan> DeclaresDeadAsync(LoadDriver load, string peer) => Eventually.Succeeds(
        $"{peer} is declared dead", Bound, async () => Assert.Contains(peer, await DeadAsync(load.Grains)));
}
