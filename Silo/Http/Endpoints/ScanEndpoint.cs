using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using AllData.Certificates;
using AllData.Configuration;
using AllData.Coordination;
using AllData.Errors;
using AllData.Events;
using AllData.Reading;
using AllData.Security;
using AllData.Silo.Http.Following;
using Microsoft.Extensions.Options;

namespace AllData.Silo.Http.Endpoints;

/// <summary>
/// <c>GET /events</c>: the events of a range as lines of JSON, streamed, and a last line that says whether that was all. An answer without that
/// line was cut off.
/// </summary>
internal sealed partial class ScanEndpoint(
    IEventReader reader, FollowEndpoint following, ScanShares shares, IOptions<AllDataOptions> store, TimeProvider time, ILogger<ScanEndpoint> logger,
    IServedLog? log = null)
{
    private const string Ndjson = "application/x-ndjson";

    // 100 bytes each, at the end of an answer.
    private const int MaxCertificates = 1_000;

    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/events", context => FollowQuery.IsRequested(context.Request) ? following.GetAsync(context) : GetAsync(context))
            .WithMetadata(new NeedsRole(StoreRoles.Reader));

    private async Task GetAsync(HttpContext context)
    {
        var (range, caller) = (ScanQuery.Parse(context.Request.Query), HttpCaller.Of(context));

        // Until the last byte has left: a scan whose reader is slow takes memory here when it has lost its place at the gate.
        using var share = shares.Enter(caller.Name);
        CallerMark.Set(name: null, caller.IsOperator);
        try
        {
            await StreamAsync(context, range);
        }
        catch (TimeoutException e) when (context.Response.HasStarted)
        {
            LogCutOff(caller.Name, e.Message);
            context.Abort();
        }
    }

    private async Task StreamAsync(HttpContext context, ScanRange range)
    {
        // Before the events: a certificate that is newer than they are may count more of them.
        var certified = await FindCertifiedAsync(range);
        var scan = reader.Scan(range);
        var pace = new ReaderPace(store.Value.Limits.ScanMinBytesPerSecond, time);
        var lines = new MemoryStream();
        var writer = new NdjsonWriter(lines);
        await foreach (var page in scan.ReadPagesAsync(context.RequestAborted))
        {
            if (!context.Response.HasStarted)
            {
                // Only now: a failure before the first page is answered as a problem.
                context.Response.ContentType = Ndjson;
                Documents.DoNotGuess(context.Response);
            }

            writer.Write(page);
            await SendAsync(context, writer, lines, pace);
        }

        var end = EndDocument.From(scan.Outcome, scan.LastKey, certified, range.Limit);
        await context.Response.Body.WriteAsync(LastLine(end), context.RequestAborted);
    }

    private async Task<ImmutableArray<CertifiedInterval>> FindCertifiedAsync(ScanRange range)
    {
        // A cluster of several certifies no more than what its own peers hold.
        if (log is null || range.Topic is not null || (range.Scope == ScanScope.Store && !log.IsOfWholeStore))
        {
            return [];
        }

        try
        {
            var from = range.After is { } after && after >= (range.From ?? default) ? after.GetSuccessor() : range.From ?? default;
            return await log.GetSealedAsync(from, range.To ?? EventKey.MaxValue) is { Length: <= MaxCertificates } certified ? certified : [];
        }
        catch (CertificateException e)
        {
            LogNotCertified(e);
            return [];
        }
    }

    private static async Task SendAsync(HttpContext context, NdjsonWriter writer, MemoryStream lines, ReaderPace pace)
    {
        writer.Flush();
        var sent = context.Response.Body.WriteAsync(lines.GetBuffer().AsMemory(0, (int)lines.Length), context.RequestAborted);
        await pace.WaitAsync(sent.AsTask(), lines.Length, context.RequestAborted);
        lines.SetLength(0);
    }

    [LoggerMessage(LogLevel.Warning, "A scan of '{Caller}' over HTTP is cut off: {Reason}")]
    private partial void LogCutOff(string caller, string reason);

    [LoggerMessage(LogLevel.Debug, "A scan over HTTP does not say what is sealed: the certificates cannot be read")]
    private partial void LogNotCertified(Exception failure);

    private static byte[] LastLine(EndDocument end) => [.. JsonSerializer.SerializeToUtf8Bytes(new { End = end }, Documents.Options), (byte)'\n'];
}

/// <summary>The last line of a scan.</summary>
/// <param name="Complete">Whether everything that was ever acknowledged in the range was given; up to the last key where the limit was reached.</param>
/// <param name="Events">Events given.</param>
/// <param name="Conflicts">Keys with several payloads, all of which were given.</param>
/// <param name="LastKey">Where to continue an answer that was cut off by <c>limit</c>: <c>after</c>.</param>
/// <param name="SafeUpTo">Where a reader that follows new events continues, <c>after</c>; null: where it was.</param>
/// <param name="Doubts">Where events may be missing, and which peers or clusters must answer.</param>
/// <param name="Scope"><c>cluster</c> where only the peers of this cluster were asked; otherwise left out.</param>
/// <param name="Unreadable">Events given without their payload, because it cannot be read; left out when there are none.</param>
/// <param name="Certificates">Of the sealed intervals that lie wholly in what was read; left out where none does.</param>
internal sealed record EndDocument(
    bool Complete, long Events, long Conflicts, string? LastKey, string? SafeUpTo, DoubtDocument[] Doubts,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Scope,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Unreadable,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] CertifiedDocument[]? Certificates)
{
    /// <summary>Says how a scan ended.</summary>
    /// <param name="outcome">Its outcome.</param>
    /// <param name="lastKey">The last key that was given.</param>
    /// <param name="certified">The sealed intervals of the range that was asked for.</param>
    /// <param name="limit">How many events were asked for, at most: those behind the last one were not read.</param>
    public static EndDocument From(ScanOutcome outcome, EventKey? lastKey, ImmutableArray<CertifiedInterval> certified, long? limit) => new(
        outcome.IsComplete,
        outcome.Events,
        outcome.Conflicts,
        lastKey?.ToString(),
        outcome.SafeUpTo?.ToString(),
        [.. outcome.Doubts.Select(DoubtDocument.From)],
        outcome.Scope == ScanScope.Cluster ? "cluster" : null,
        outcome.Unreadable,
        certified.Where(one => limit is null || outcome.Events < limit || one.Interval.EndKey <= lastKey).Select(CertifiedDocument.From).ToArray()
            is { Length: > 0 } read ? read : null);
}

/// <summary>The newest certificate of a sealed interval.</summary>
/// <param name="Interval">The interval.</param>
/// <param name="Version">The version of the certificate.</param>
/// <param name="State">What it promises, as the certificate has it.</param>
/// <param name="Root">The root of the interval's tree, in hexadecimal digits.</param>
/// <param name="Events">Distinct events that it certifies.</param>
internal sealed record CertifiedDocument(string Interval, int Version, string State, string Root, long Events)
{
    public static CertifiedDocument From(CertifiedInterval certified) => new(
        certified.Interval.ToString(), certified.Version, CertificateLines.TextOf(certified.State), certified.Root.ToString(), certified.Events);
}

/// <summary>A range in doubt.</summary>
/// <param name="Peer">The peer that must answer; left out where a cluster as a whole must.</param>
/// <param name="Cluster">The other cluster that the peer is of, or that must answer; left out where it is this one.</param>
/// <param name="FirstKey">First key concerned.</param>
/// <param name="EndKey">First key beyond.</param>
/// <param name="Reason">A sentence.</param>
internal sealed record DoubtDocument(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Peer,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Cluster,
    [property: JsonPropertyName("from")] string FirstKey,
    [property: JsonPropertyName("to")] string EndKey,
    string Reason)
{
    public static DoubtDocument From(ScanDoubt doubt) => new(
        doubt.Peer == default ? null : doubt.Peer.Value, doubt.Cluster, doubt.From.ToString(), doubt.To.ToString(), PublicText.Of(doubt.Reason));
}
