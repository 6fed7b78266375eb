using System.Reflection;
using AllData.Certificates;
using AllData.Client.Read;
using AllData.Client.Terminals;
using AllData.Reading;

namespace AllData.Client.Export;

/// <summary>Exports one interval.</summary>
/// <param name="reader">The cluster.</param>
/// <param name="cluster">Its id.</param>
/// <param name="directory">Where to.</param>
/// <param name="request">How.</param>
/// <param name="certified">The certificates, where one is required; otherwise null.</param>
/// <param name="tally">Counts what is read.</param>
/// <param name="time">The clock.</param>
internal sealed class IntervalExport(
    IEventReader reader, Guid cluster, ExportDirectory directory, ExportRequest request, CertifiedUnits? certified, ReadTally tally, TimeProvider time)
{
    private static readonly string Tool = "alldata "
        + typeof(IntervalExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>Exports it, or finds that it was exported before.</summary>
    public async Task<ExportResult> RunAsync(ExportUnit unit, CancellationToken cancellation)
    {
        var visible = directory.PathOf(unit);
        var certificate = certified?.Find(unit.Interval);
        if (request.Required is { } required && CertificateRefusal.Before(unit, certificate, required) is { } refused)
        {
            return new ExportResult(unit, null, visible, ExportOutcome.Refused, refused);
        }

        if (EarlierExport.FindFinished(visible, unit, cluster, request, certificate) is { } finished)
        {
            return new ExportResult(unit, finished, visible, ExportOutcome.AlreadyThere);
        }

        var (replaces, folder) = (Directory.Exists(visible), directory.Begin(unit));
        var (manifest, refusal) = await WriteAsync(unit, folder, certificate, cancellation);
        if (refusal is not null || (!manifest.Complete && request.RequireComplete))
        {
            directory.Clear();
            return new ExportResult(unit, manifest, visible, refusal is null ? ExportOutcome.Withheld : ExportOutcome.Refused, refusal);
        }

        // The last moment to be interrupted: beyond it the interval appears.
        cancellation.ThrowIfCancellationRequested();
        directory.Publish(unit, folder, replaces);
        return new ExportResult(unit, manifest, visible, ExportOutcome.Exported);
    }

    private async Task<(ExportManifest Manifest, CertificateRefusal? Refusal)> WriteAsync(
        ExportUnit unit, string folder, IntervalCertificate? certificate, CancellationToken cancellation)
    {
        var readAt = time.GetUtcNow();
        var isStored = request.Format == ExportFormat.Stored;
        var scan = reader.Scan(unit.Range with { Scope = request.Scope, Topic = request.Topic, AsStored = isStored });
        var comparison = certificate is null ? null : new IntervalComparison(certificate, isStored);
        await using var sink = CreateSink(folder);
        await foreach (var page in scan.ReadPagesAsync(cancellation).ReadAheadAsync(cancellation))
        {
            if (isStored && page.Count > 0 && !page.IsAsStored)
            {
                throw new ExportException("The silo that answered has an earlier version of the program, which does not give payloads as they are stored.");
            }

            comparison?.Take(page);
            await sink.WriteAsync(page, cancellation);
            tally.Add(page.Count, page.Records.Length);
        }

        var files = await sink.CompleteAsync(cancellation);
        var manifest = Describe(unit, readAt, scan.Outcome, files) with { NotJson = sink.NotJson };
        if (comparison is not null)
        {
            var (refusal, isOfFiles) = await comparison.CompleteAsync(scan.Outcome, reader, tally, cancellation);
            if (refusal is not null)
            {
                return (manifest, refusal);
            }

            CertificateFile.Write(folder, certified!.Prove(unit.Interval));
            manifest = Certify(manifest, certificate!, isOfFiles);
        }

        manifest.Write(folder);
        if (isStored)
        {
            await CheckCopyAsync(folder, manifest, certificate!, cancellation);
        }

        return (manifest, null);
    }

    private static async Task CheckCopyAsync(string folder, ExportManifest manifest, IntervalCertificate certificate, CancellationToken cancellation)
    {
        var copy = new ExportedCopy(folder, manifest);
        var fault = copy.FaultOfFiles(certificate)
            ?? (await copy.ComputeAsync(static _ => { }, cancellation) == certificate.Content
                ? null
                : "The events of the files are not those of the certificate.");
        if (fault is not null)
        {
            throw new ExportException($"The copy was read again and is not what was written: {fault} Nothing of it was made visible. Look at the disk.");
        }
    }

    // All peers have promised the interval closed, and its events are all there: whatever they answer now.
    private static ExportManifest Certify(ExportManifest manifest, IntervalCertificate certificate, bool isOfFiles) => manifest with
    {
        State = ExportUnit.Closed,
        Complete = certificate.State != CertificateState.Unknown,
        Doubts = certificate.State == CertificateState.Unknown ? manifest.Doubts : [],
        Certificate = new ExportedCertificate(
            CertificateFile.Name, certificate.Version, certificate.State, certificate.Content.Root, isOfFiles),
    };

    private IEventSink CreateSink(string folder)
    {
        if (request.Format == ExportFormat.Stored)
        {
            return new StoredSink(new PartSequence(folder, request.Extension), request.FileBytes);
        }

        if (request.Format == ExportFormat.Ndjson)
        {
            return Partitioned(folder, to => new NdjsonSink(new PartSequence(to, request.Extension), request.FileBytes, certified is not null));
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

    /// <summary>It is not certified as required, and was therefore not made visible.</summary>
    Refused = 3,
}

/// <summary>The result for an interval.</summary>
/// <param name="Unit">What was to be exported.</param>
/// <param name="Manifest">What is there, or would be; null where nothing was read.</param>
/// <param name="Path">Its directory.</param>
/// <param name="Outcome">The outcome.</param>
/// <param name="Refusal">Why it was refused; null where it was not.</param>
internal sealed record ExportResult(
    ExportUnit Unit, ExportManifest? Manifest, string Path, ExportOutcome Outcome, CertificateRefusal? Refusal = null);
