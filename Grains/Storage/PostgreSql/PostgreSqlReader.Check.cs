using AllData.Intervals;
using AllData.Replication;
using AllData.Storage.Engine;
using Npgsql;

namespace AllData.Storage.PostgreSql;

// Checking and counting what is held.
internal sealed partial class PostgreSqlReader
{
    /// <inheritdoc/>
    public ScrubStep Scrub(ScrubPosition position, long maxBytes) => WithConnection(connection =>
    {
        var scrub = new PostgreSqlScrub(connection, schema, diagnostics);
        return new ScrubStep(scrub.Read([.. held.Intervals.Keys], position, maxBytes), scrub.Damage);
    });

    /// <inheritdoc/>
    public ScrubTally Check(Interval interval, CancellationToken cancellationToken) => WithConnection(connection =>
        new PostgreSqlScrub(connection, schema, diagnostics).CheckAll(interval, cancellationToken));

    /// <inheritdoc/>
    /// <remarks>What cannot be counted stays as it was stored, and is noted as damaged: a closing that never ends would not help.</remarks>
    public IntervalCount Count(Interval interval, CancellationToken cancellationToken)
    {
        try
        {
            return WithConnection(connection => IntervalsOf(connection).Count(interval));
        }
        catch (PostgresException e) when (PostgreSqlDamage.Is(e))
        {
            // Over another connection: the server's failure has ended this one.
            var sum = WithConnection(connection => IntervalsOf(connection).SumOf(interval));
            return new IntervalCount(sum, PostgreSqlDamage.Sentence(schema.TableOf(interval), e));
        }
    }
}
