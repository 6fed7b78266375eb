using AllData.Events;

namespace AllData.Errors;

/// <summary>
/// The other clusters of the store have dropped this silo's cluster, or one of them has and no peer outside it can take a copy: what is put here alone would
/// never be fetched. Nothing was written. Put through a cluster that
/// stays; a retry here is refused again.
/// </summary>
[GenerateSerializer, Alias("AllData.ClusterDroppedException")]
public sealed class ClusterDroppedException(string message, int documentVersion, EventKey? key = null) : PutException(message, key, WrittenState.Nothing)
{
    /// <summary>The version of the federation document by which it is dropped; 0 where that is not known.</summary>
    [Id(0)]
    public int DocumentVersion { get; init; } = documentVersion;

    /// <inheritdoc/>
    public override PutException For(EventKey key) => new ClusterDroppedException(Message, DocumentVersion, key) { Written = Written };
}
