using System.Collections.Immutable;
using AllData.Intervals;
using AllData.Storage.Engine;

namespace AllData.Storage.PostgreSql;

/// <summary>Keeps blocks in PostgreSQL: one schema for the peer, one table of blocks for each consolidation interval.</summary>
internal sealed class PostgreSqlEngine : IStorageEngine
{
    private readonly EngineSetting _setting;
    private readonly PostgreSqlConnector _connector;
    private readonly PostgreSqlSchema _schema;
    private readonly PostgreSqlWriter _writer;

    private PostgreSqlEngine(EngineSetting setting)
    {
        _setting = setting;
        _connector = new PostgreSqlConnector(setting.Options.ConnectionString, setting.Identity.Peer);
        _schema = new PostgreSqlSchema(setting.Identity);
        _writer = new PostgreSqlWriter(_connector, _schema, setting);
    }

    /// <inheritdoc/>
    public string Description => $"PostgreSQL {_writer.ServerVersion}, synchronous_commit=on, fsync=on";

    /// <inheritdoc/>
    public ImmutableArray<Interval> Intervals => [.. Held.Intervals.Keys];

    /// <inheritdoc/>
    public int DamagedIntervals => Held.Intervals.Values.Count(interval => interval.Damage is not null);

    /// <inheritdoc/>
    public IStorageWriter Writer => _writer;

    private HeldIntervals Held => _writer.Held;

    /// <summary>Opens the store in a database: creates the peer's schema if it is missing, and takes the lock on it. Blocks meanwhile.</summary>
    /// <param name="setting">The peer, where the database is, bounds, and where damage and outages are reported.</param>
    /// <exception cref="ReplicaStoreException">
    /// The database cannot be used, or the schema is in use or another peer's; the message says why and what to do.
    /// </exception>
    public static PostgreSqlEngine Open(EngineSetting setting) => new(setting);

    /// <inheritdoc/>
    public IntervalStanding? Find(Interval interval) => Held.Intervals.TryGetValue(interval, out var held)
        ? new IntervalStanding(held.State, held.IsCounted, NeedsSalvage: false, held.Restorations, held.Damage)
        : null;

    /// <inheritdoc/>
    public StorageFigures Measure() => new(Held.Blocks, Held.Events, Held.Bytes);

    /// <inheritdoc/>
    public IStorageReader OpenReader() =>
        new PostgreSqlReader(_connector, _schema, Held, _setting.Identity.IntervalLength, _setting.Diagnostics);

    /// <inheritdoc/>
    public void Hurry() => _writer.Hurry();
}
