using AllData.Silo.Hosting;
using AllData.Silo.LocalCluster;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace AllData.Benchmarks;

/// <summary>A silo of a local cluster with a <see cref="SharedClock"/>, so that intervals of five minutes pass in seconds.</summary>
internal static class ShiftedSilo
{
    /// <summary>The command of such a silo; the silo program's arguments follow.</summary>
    public const string Command = "silo-with-a-shared-clock";

    /// <summary>The file of the clock.</summary>
    public static string FileOf(LocalClusterLayout layout) => Path.Combine(layout.Data, "clock");

    /// <summary>Runs a peer of a local cluster so.</summary>
    public static async Task<int> RunAsync(string peer, string data, string basePort, string peers, string[] settings)
    {
        var layout = LocalClusterLayout.Create(data, int.Parse(basePort), int.Parse(peers));
        using var clock = SharedClock.Open(FileOf(layout));
        var silo = new SiloSettings(layout.Defaults, layout.IdentityOf(layout.Find(peer)!), [.. settings]);
        return await SiloRun.RunAsync(silo, Console.OpenStandardInput(), Console.Error, builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(clock);

            // The clock is the store's: by Orleans' own, silos would be dead that have not said since then that they are alive.
            builder.Services.AddKeyedSingleton(TimeProviderNames.Membership, TimeProvider.System);
            builder.Services.AddKeyedSingleton(TimeProviderNames.Messaging, TimeProvider.System);
            builder.Services.AddKeyedSingleton(TimeProviderNames.SystemTimers, TimeProvider.System);
        });
    }
}
