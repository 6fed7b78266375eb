using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AllData.Storage.PostgreSql;

/// <summary>
/// Writes blocks into a peer's schema, through interruptions. A commit whose answer was lost is not guessed: the next session can take the
/// lock only when the one before has ended, and then finds the blocks or does not. Opened by the engine, then used by the writer's thread.
/// </summary>
internal sealed partial class PostgreSqlWriter : IStorageWriter
{
    private static readonly TimeSpan PauseBetweenTries = TimeSpan.FromMilliseconds(50);

    /// <summary>A killed process' session ends within milliseconds on the same machine, and after missed keep-alives on another.</summary>
    private static readonly TimeSpan LockWait = TimeSpan.FromSeconds(3);

    private readonly PostgreSqlConnector _connector;
    private readonly PostgreSqlSchema _schema;
    private readonly ReplicaStoreDiagnostics _diagnostics;
    private readonly ChangeJournal _journal;
    private readonly TimeProvider _time;
    private readonly TimeSpan _patience;
    private readonly ILogger _logger;
    private readonly ManualResetEventSlim _closing = new();
    private readonly HashSet<Interval> _promised = [];
    private PostgreSqlWriteSession? _session;
    private ServerSession? _lastServer;
    private long _lastTry;
    private bool _isAway;
    private bool _isGivenUp;

    /// <summary>Connects, takes the lock, makes or checks the schema, and reads what is held.</summary>
    /// <exception cref="ReplicaStoreException">The database cannot be used; the message says why and what to do.</exception>
    public PostgreSqlWriter(PostgreSqlConnector connector, PostgreSqlSchema schema, EngineSetting setting)
    {
        _connector = connector;
        _schema = schema;
        _diagnostics = setting.Diagnostics;
        _journal = setting.Journal;
        _time = setting.Time;
        _logger = setting.Logger;
        _patience = TimeSpan.FromSeconds(setting.Options.ReconnectSeconds);
        try
        {
            _session = ConnectPatiently();
        }
        catch (Exception e) when (e is not ReplicaStoreException)
        {
            throw new ReplicaStoreException(
                $"The storage at {connector.Place} cannot be opened: {e.Message.TrimEnd('.')}. See that the server runs, that the database exists, that the "
                + "user may create schemas in it, and that AllData:Storage:ConnectionString is right.",
                e);
        }
    }

    /// <summary>What is held, in memory.</summary>
    public HeldIntervals Held { get; } = new();

    /// <summary>Version of the server that was last connected to.</summary>
    public string ServerVersion { get; private set; } = "";

    /// <inheritdoc/>
    public AppendReply[] Commit(Interval interval, IReadOnlyList<Delivery> deliveries)
    {
        try
        {
            return CommitOnce(interval, deliveries);
        }
        catch (PostgresException e) when (PostgreSqlDamage.Is(e) && deliveries.Any(delivery => delivery.IsRepair))
        {
            // What repair brings is mostly there to restore what cannot be read. Its failure must not fail a put.
            _session?.Dispose();
            _session = null;
            var failed = new AppendReply(AppendStatus.Failed, PostgreSqlDamage.Sentence(_schema.TableOf(interval), e));
            var puts = deliveries.Where(delivery => !delivery.IsRepair).ToList();
            var answers = new Queue<AppendReply>(puts.Count == 0 ? [] : CommitOnce(interval, puts));
            return [.. deliveries.Select(delivery => delivery.IsRepair ? failed : answers.Dequeue())];
        }
    }

    private AppendReply[] CommitOnce(Interval interval, IReadOnlyList<Delivery> deliveries)
    {
        // What a lost answer leaves open is resolved under these ids.
        var unresolved = new HashSet<BlockId>();
        return TryPerform(session => session.Commit(interval, deliveries, unresolved, IsClosed(interval)), out var replies, out var away)
            ? replies
            : [.. deliveries.Select(_ => new AppendReply(unresolved.Count > 0 ? AppendStatus.Failed : AppendStatus.ReadOnly, away))];
    }

    /// <inheritdoc/>
    public void AfterAnswers()
    {
        // A transaction leaves nothing to do: the server makes its own checkpoints.
    }

    /// <inheritdoc/>
    public void StopWriting()
    {
        // The lock is kept, so that a silo that starts instead learns that this store is still open.
    }

    /// <summary>Any thread: from now on an outage is not waited for.</summary>
    public void Hurry() => _closing.Set();

    /// <inheritdoc/>
    public void Dispose()
    {
        _session?.Dispose();
        _closing.Dispose();
    }

    private bool IsClosed(Interval interval) =>
        _promised.Contains(interval) || Held.Intervals.GetValueOrDefault(interval).State == IntervalState.Closed;

    private T Perform<T>(Func<PostgreSqlWriteSession, T> work) =>
        TryPerform(work, out var result, out var away) ? result : throw new ReplicaStoreException(away);

    // Tries until the server has been away for too long; then, until it is back, once for each call.
    private bool TryPerform<T>(Func<PostgreSqlWriteSession, T> work, out T result, out string away)
    {
        (result, away) = (default!, $"{_connector.Place} is away. Blocks are taken again as soon as it is back.");
        if (_isGivenUp && _time.GetElapsedTime(_lastTry) < PauseBetweenTries)
        {
            return false;
        }

        var start = _time.GetTimestamp();
        do
        {
            try
            {
                _session ??= Reconnect();
                result = work(_session);
                return true;
            }
            catch (Exception e) when (PostgreSqlOutage.Is(e))
            {
                NoteOutage(e);
                away = $"{_connector.Place} is away: {e.Message.TrimEnd('.')}. Blocks are taken again as soon as it is back.";
            }
        }
        while (!_isGivenUp && _time.GetElapsedTime(start) < _patience && !_closing.Wait(PauseBetweenTries));

        GiveUp(away);
        return false;
    }

    private void NoteOutage(Exception error)
    {
        if (!_isAway)
        {
            LogWentAway(_connector.Place, error.Message, _patience);
        }

        _isAway = true;
        _lastTry = _time.GetTimestamp();
        _session?.Dispose();
        _session = null;
    }

    private void GiveUp(string reason)
    {
        if (!_isGivenUp)
        {
            LogStaysAway(reason);
        }

        _isGivenUp = true;
    }

    private PostgreSqlWriteSession Reconnect()
    {
        var session = Connect();
        LogCameBack(_connector.Place, _schema.Name);

        // A commit whose answer was lost may have arrived.
        _journal.Restart();
        (_isAway, _isGivenUp) = (false, false);
        return session;
    }

    // On a machine that has just started, the server and the silo start at the same time.
    private PostgreSqlWriteSession ConnectPatiently()
    {
        var start = _time.GetTimestamp();
        while (true)
        {
            try
            {
                return Connect();
            }
            catch (Exception e) when (PostgreSqlOutage.Is(e) && _time.GetElapsedTime(start) < _patience)
            {
                _closing.Wait(PauseBetweenTries);
            }
        }
    }

    private PostgreSqlWriteSession Connect()
    {
        var connection = _connector.OpenForWriting();
        try
        {
            PostgreSqlConnector.RequireFlushes(connection, _connector.Place);
            ServerVersion = connection.PostgreSqlVersion.ToString();
            _lastServer = SchemaLock.Take(connection, _schema, LockWait, _lastServer);
            _schema.Prepare(connection);
            var intervals = new PostgreSqlIntervals(connection, _schema, _connector.Place);
            intervals.ReplaceLost().ForEach(lost => _diagnostics.OnIntervalDamaged(lost.Interval, lost.Damage));
            var session = new PostgreSqlWriteSession(connection, _schema, intervals, Held, _diagnostics, _journal);
            session.LoadHeld();
            return session;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
