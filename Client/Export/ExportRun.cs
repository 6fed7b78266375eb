using AllData.Client.Commands;
using AllData.Client.Terminals;
using AllData.Reading;

namespace AllData.Client.Export;

/// <summary>Exports what is planned, interval after interval, and shows how it goes.</summary>
/// <param name="services">The command's surroundings.</param>
/// <param name="reader">The cluster.</param>
/// <param name="cluster">Its id.</param>
/// <param name="request">How.</param>
/// <param name="certified">The certificates, where one is required; otherwise null.</param>
internal sealed class ExportRun(ClientServices services, IEventReader reader, Guid cluster, ExportRequest request, CertifiedUnits? certified = null)
{
    private readonly ReadTally _tally = new(services.Time);
    private readonly List<ExportResult> _results = [];

    // Of the intervals that are done, as they were estimated, and the events read before the present one.
    private long _doneEstimate;
    private long _eventsBefore;

    /// <summary>What was read, and how fast.</summary>
    public ReadTally Tally => _tally;

    /// <summary>Runs; ends early when something in doubt is not allowed.</summary>
    public async Task<IReadOnlyList<ExportResult>> RunAsync(ExportPlan plan, CancellationToken cancellation)
    {
        using var directory = ExportDirectory.Open(request.Directory);
        var export = new IntervalExport(reader, cluster, directory, request, certified, _tally, services.Time);
        var total = plan.EstimatedEvents;
        await new WorkProgress(services.Terminal, () => Describe(total), total > 0 ? () => Fraction(total) : null, services.Time)
            .ShowAsync(() => ExportAllAsync(export, plan, cancellation));
        return _results;
    }

    private async Task ExportAllAsync(IntervalExport export, ExportPlan plan, CancellationToken cancellation)
    {
        foreach (var unit in plan.Units)
        {
            var result = await ExportAsync(export, unit, cancellation);
            _results.Add(result);
            Interlocked.Add(ref _doneEstimate, unit.EstimatedEvents);
            Interlocked.Exchange(ref _eventsBefore, _tally.Events);
            if (result.Outcome == ExportOutcome.Withheld)
            {
                return;
            }
        }
    }

    private async Task<ExportResult> ExportAsync(IntervalExport export, ExportUnit unit, CancellationToken cancellation)
    {
        try
        {
            // Off this thread: pages that are there at once would otherwise keep the progress from showing.
            return await Task.Run(() => export.RunAsync(unit, cancellation), cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ExportException(
                $"Interval {unit.Interval} could not be written to {request.Directory}: {e.Message.TrimEnd('.')}. Nothing of it was made visible."
                + " Make room or remove the cause, and run the same command again: closed intervals that are exported are not read again.",
                e);
        }
    }

    private double Fraction(long total) =>
        Math.Min(Interlocked.Read(ref _doneEstimate) + _tally.Events - Interlocked.Read(ref _eventsBefore), total) / (double)total;

    private string Describe(long total)
    {
        var text = _tally.Describe();
        if (services.Terminal.IsInteractive || total == 0)
        {
            return text;
        }

        var (done, seconds) = (Fraction(total), _tally.Elapsed.TotalSeconds);
        return done is > 0 and < 1
            ? $"{text}, {done * 100:N0} %, about {TimeSpan.FromSeconds(Math.Ceiling(seconds / done * (1 - done))):g} left"
            : text;
    }
}
