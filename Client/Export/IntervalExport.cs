using System.Reflection;
using AllData.Client.Read;
using AllData.Client.Terminals;
using AllData.Reading;

namespace AllData.Client.Export;

/// <summary>Exports one interval.</summary>
/// <param name="reader">The cluster.</param>
/// <param name="cluster">Its id.</param>
/// <param name="directory">Where to.</param>
/// <param name="request">How.</param>
/// <param name="tally">Counts what is read.</param>
/// <param name="time">The clock.</param>
internal sealed class IntervalExport(
    IEventReader reader, Guid cluster, ExportDirectory directory, ExportRequest request, ReadTally tally, TimeProvider time)
{
    private static readonly string Tool = "alldata "
        + typeof(IntervalExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>Exports it, or finds that it was exported before.</summary>
    public async Task<ExportResult> RunAsync(ExportUnit unit, CancellationToken cancellation)
    {
        var visible = directory.PathOf(unit.Interval);
        if (EarlierExport.FindFinished(visible, unit, cluster, request) is { } finished)
        {
            return new ExportResult(finished, visible, ExportOutcome.AlreadyThere);
        }

        var manifest = await WriteAsync(unit, directory.Begin(unit.Interval), cancellation);
        if (!manifest.Complete && request.RequireComplete)
        {
            directory.Clear();
            return new ExportResult(manifest, visible, ExportOutcome.Withheld);
        }

        // The last moment to be interrupted: beyond it the interval appears.
        cancellation.ThrowIfCancellationRequested();
        directory.Publish(unit.Interval);
        return new ExportResult(manifest, visible, ExportOutcome.Exported);
    }

    private async Task<ExportManifest> WriteAsync(ExportUnit unit, string folder, CancellationToken cancellation)
    {
        var readAt = time.GetUtcNow();
        var scan = reader.Scan(unit.Range with { Scope = request.Scope, Topic = request.Topic });
        await using var sink = CreateSink(folder);
        await foreach (var page in scan.ReadPagesAsync(cancellation).ReadAheadAsync(cancellation))
        {
            await sink.WriteAsync(page, cancellation);
            tally.Add(page.Count, page.Records.Length);
        }

        var files = await sink.CompleteAsync(cancellation);
        var manifest = Describe(unit, readAt, scan.Outcome, files) with { NotJson = sink.NotJson };
        manifest.Write(folder);
        return manifest;
    }

    private IEventSink CreateSink(string folder)
    {
        if (request.Format == ExportFormat.Ndjson)
        {
            return Partitioned(folder, to => new NdjsonSink(new PartSequence(to, request.Extension), request.FileBytes));
        }

        var columns = new EventColumns(request.RowGroupEvents);
        return Partitioned(folder, to => new ParquetSink(new PartSequence(to, request.Extension), columns, request.FileBytes));
    }

    private IEventSink Partitioned(string folder, Func<string, IEventSink> createSink) =>
        request.ByTopic ? new TopicSink(folder, createSink) : createSink(folder);

    private ExportManifest Describe(ExportUnit unit, DateTimeOffset readAt, ScanOutcome outcome, IReadOnlyList<ExportedFile> files) => new()
    {
        FormatVersion = ExportManifest.CurrentVersion,
        Tool = Tool,
        Cluster = cluster,
        Interval = unit.Interval.ToString(),
        IntervalSeconds = unit.Interval.LengthMilliseconds / 1000,
        State = unit.State,
        From = unit.From.ToString(),
        To = unit.To.ToString(),
        Format = request.Format,
        ReadAt = readAt,
        Complete = outcome.IsComplete,
        Doubts = [.. outcome.Doubts.Select(DoubtJson.Of)],
        Scope = ScanOutput.NameOf(outcome.Scope),
        Topic = request.Topic?.Value,
        PartitionedBy = request.ByTopic ? "topic" : null,
        Events = outcome.Events,
        Conflicts = outcome.Conflicts,
        Unreadable = outcome.Unreadable,
        FirstKey = files.Select(static f => f.FirstKey).Min(StringComparer.Ordinal),
        LastKey = files.Select(static f => f.LastKey).Max(StringComparer.Ordinal),
        Files = files,
    };
}

/// <summary>The outcome for an interval.</summary>
internal enum ExportOutcome
{
    /// <summary>It was exported.</summary>
    Exported = 0,

    /// <summary>An earlier export of it is there and as good.</summary>
    AlreadyThere = 1,

    /// <summary>It is in doubt and was therefore not made visible, as requested.</summary>
    Withheld = 2,
}

/// <summary>The result for an interval.</summary>
/// <param name="Manifest">What is there, or would be.</param>
/// <param name="Path">Its directory.</param>
/// <param name="Outcome">The outcome.</param>
internal sealed record ExportResult(ExportManifest Manifest, string Path, ExportOutcome Outcome);
