using Microsoft.Extensions.Logging;

namespace AllData.Storage.Engine;

/// <summary>What a store and its engine share.</summary>
/// <param name="Identity">Whose replica it is.</param>
/// <param name="Options">Bounds.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">For an engine's own log messages.</param>
internal sealed record EngineSetting(ReplicaStoreIdentity Identity, StorageOptions Options, TimeProvider Time, ILogger Logger)
{
    /// <summary>Counts and logs damage and failures.</summary>
    public ReplicaStoreDiagnostics Diagnostics { get; } = new(Logger);

    /// <summary>The changes since the store was opened; kept by the writer.</summary>
    public ChangeJournal Journal { get; } = new();
}
