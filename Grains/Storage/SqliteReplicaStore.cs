using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol;
using AllData.Replication;
using Microsoft.Extensions.Logging;

namespace AllData.Storage;

/// <summary>A replica store in SQLite: one database file for each consolidation interval.</summary>
internal sealed partial class SqliteReplicaStore : IReplicaStore
{
    /// <summary>Opens the store in a data directory and checks every interval file in it. Blocks while files are recovered.</summary>
    /// <param name="directory">The data directory's path; the files lie in <c>intervals</c> under it.</param>
    /// <param name="identity">Whose replica it is.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="logger">Where damage and failures are told.</param>
    /// <exception cref="ReplicaStoreException">A file cannot be opened or belongs to somebody else; the message names it.</exception>
    public static SqliteReplicaStore Open(
        string directory, ReplicaStoreIdentity identity, StorageOptions options, ILogger<SqliteReplicaStore> logger) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public bool IsReadOnly => throw new NotImplementedException();

    /// <inheritdoc/>
    public string? ReadOnlyReason => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<string> BecameReadOnly => throw new NotImplementedException();

    /// <inheritdoc/>
    public ImmutableArray<Interval> Intervals => throw new NotImplementedException();

    /// <inheritdoc/>
    public ReplicaStoreStatistics Statistics => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<AppendReply> AppendAsync(Block block) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<ImmutableArray<HeldKey>> LookUpAsync(ImmutableArray<EventKey> keys, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<ImmutableArray<EventPayload>> ReadAsync(EventKey key, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public IAsyncEnumerable<Block> ReadBlocksAsync(Interval interval, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
