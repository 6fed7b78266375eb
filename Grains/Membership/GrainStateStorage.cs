using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Peers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Storage;

namespace AllData.Membership;

/// <summary>
/// Checks the grain storage that the host has chosen for the registry. Without one, no peer could ever be announced. One in memory forgets which
/// peers the directories belong to.
/// </summary>
internal sealed partial class GrainStateStorage(IServiceProvider services, ILogger<GrainStateStorage> logger) : IConfigurationValidator, IConditionSource
{
    private const string Ways = $"UseAllDataCluster(…) or AddAllDataGrainState(…), or AddAdoNetGrainStorage(\"{AllDataStorageNames.GrainState}\", …)";

    /// <inheritdoc/>
    public IEnumerable<SiloCondition> Conditions => IsInMemory
        ? [new SiloCondition("registry-in-memory", StopsPuts: false, $"Grain storage '{AllDataStorageNames.GrainState}' is in memory: {Consequence} Use "
            + $"{Ways}.")]
        : [];

    /// <summary>What an operator must know before restarting; null if the storage outlives its silos.</summary>
    public string? Hint => IsInMemory ? $"Grain storage '{AllDataStorageNames.GrainState}' is in memory: {Consequence} Use {Ways}; "
        + "a test with storage in memory starts with empty data directories." : null;

    private bool IsInMemory => Find() is MemoryGrainStorage;

    private static string Consequence =>
        "when all silos have stopped, the registry of the peers is lost and data directories that were used before are refused.";

    /// <inheritdoc/>
    /// <exception cref="OrleansConfigurationException">There is no such storage.</exception>
    public void ValidateConfiguration()
    {
        if (Find() is null)
        {
            throw new OrleansConfigurationException(
                $"AddAllData needs a grain storage named '{AllDataStorageNames.GrainState}' for the registry of the peers, and this silo has none. "
                + $"Add {Ways}; for a test, AddMemoryGrainStorage(\"{AllDataStorageNames.GrainState}\").");
        }

        if (IsInMemory)
        {
            LogInMemory(Hint!);
        }
    }

    private IGrainStorage? Find() => services.GetKeyedService<IGrainStorage>(AllDataStorageNames.GrainState);

    [LoggerMessage(LogLevel.Warning, "{Hint}")]
    private partial void LogInMemory(string hint);
}
