using Microsoft.Extensions.Logging;

namespace AllData.Storage.Engine;

/// <summary>What a store and its engine share.</summary>
/// <param name="Identity">Whose replica it is.</param>
/// <param name="Options">Bounds.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">Where an engine tells what is particular to it.</param>
internal sealed record EngineSetting(ReplicaStoreIdentity Identity, StorageOptions Options, TimeProvider Time, ILogger Logger)
{
    /// <summary>Counts and tells damage and failures.</summary>
    public ReplicaStoreDiagnostics Diagnostics { get; } = new(Logger);

    /// <summary>What has changed since the store was opened. The writer tells it.</summary>
    public ChangeJournal Journal { get; } = new();
}
