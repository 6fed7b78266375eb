using System.Globalization;
using Orleans.Runtime;

namespace AllData.Tests.Support;

/// <summary>The memory of a silo that is a process.</summary>
internal static class SiloMemory
{
    /// <summary>Lets a silo collect its garbage; what is resident afterwards, bytes.</summary>
    public static async Task<long> CollectAsync(SiloProcess silo)
    {
        await using var gateway = new LoadGateway(silo.Peer);
        await gateway.ConnectAsync();
        var management = gateway.Grains.GetGrain<IManagementGrain>(0);
        await management.ForceGarbageCollection([.. (await management.GetHosts(onlyActive: true)).Keys]);
        return ResidentBytesOf(silo.Pid);
    }

    /// <summary>What is resident of a process (proc(5)), bytes.</summary>
    public static long ResidentBytesOf(int pid) => 1024 * long.Parse(
        File.ReadLines($"/proc/{pid}/status").First(static l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ')[^2], CultureInfo.InvariantCulture);
}
