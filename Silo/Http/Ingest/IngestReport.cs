using System.Text.Json.Serialization;
using AllData.Errors;
using AllData.Events;
using AllData.Puts;
using AllData.Replication;
using Microsoft.AspNetCore.Mvc;

namespace AllData.Silo.Http.Ingest;

/// <summary>Counts the results of a stream.</summary>
internal sealed class IngestReport : ILineOutcomes
{
    /// <summary>Errors that are reported one by one; the others are counted.</summary>
    public const int MaxErrors = 100;

    private readonly List<IngestErrorDocument> _errors = [];
    private long _stored;
    private long _alreadyStored;
    private long _failed;
    private EventKey? _firstKey;
    private EventKey? _lastKey;
    private int _worst = StatusCodes.Status200OK;

    /// <summary>
    /// 200 when every line is stored and the body was read to its end; otherwise the highest of the statuses that the failed lines would have had
    /// alone. It tells a script that something failed, and a shipper whether a retry may help (5xx) or not (4xx).
    /// </summary>
    public int Status => Math.Max(_worst, Stopped?.Status ?? 0);

    /// <summary>Why the body was not read to its end; null when it was.</summary>
    public IngestStop? Stopped { get; set; }

    public void OnStored(long line, EventKey key, PutAnswer answer)
    {
        _firstKey ??= key;
        _lastKey = key;
        if (answer.Outcome == PutOutcome.Stored)
        {
            _stored++;
        }
        else
        {
            _alreadyStored++;
        }
    }

    public void OnFailed(long line, EventKey? key, PutException error)
    {
        _failed++;
        var problem = Problems.KindOf(error.GetType());
        _worst = Math.Max(_worst, problem?.Status ?? StatusCodes.Status500InternalServerError);
        if (_errors.Count < MaxErrors)
        {
            _errors.Add(new IngestErrorDocument(line, key?.ToString(), Problems.TypeOf(problem), error.Message, error.Written));
        }
    }

    /// <summary>The counts as HTTP shows them.</summary>
    /// <param name="withErrors">Whether the errors are reported here, and not each with its line.</param>
    public IngestDocument ToDocument(bool withErrors) => new(
        _stored + _alreadyStored + _failed, _stored, _alreadyStored, _failed, _firstKey?.ToString(), _lastKey?.ToString(),
        withErrors ? [.. _errors] : null, Stopped?.ToProblem());
}

/// <summary>The result of a stream.</summary>
/// <param name="Events">Lines that were not empty.</param>
/// <param name="Stored">Those that are stored.</param>
/// <param name="AlreadyStored">Those that were found stored when the silo tried again.</param>
/// <param name="Failed">Those that are not, or whose outcome is unknown.</param>
/// <param name="FirstKey">The key of the first one that is stored.</param>
/// <param name="LastKey">The key of the last one that is stored.</param>
/// <param name="Errors">The first errors; at most <see cref="IngestReport.MaxErrors"/>. Not given with receipts.</param>
/// <param name="Stopped">Why the body was not read to its end; null when it was.</param>
internal sealed record IngestDocument(
    long Events, long Stored, long AlreadyStored, long Failed, string? FirstKey, string? LastKey,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IngestErrorDocument[]? Errors, ProblemDetails? Stopped);

/// <summary>Why a body was not read to its end. Whole lines received before are put and answered.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Reason">A sentence.</param>
/// <param name="LinesRead">Whole lines received.</param>
/// <param name="Kind">The kind of problem; null when the status says it.</param>
internal sealed record IngestStop(int Status, string Reason, long LinesRead, ProblemKind? Kind = null)
{
    /// <summary>As HTTP shows it.</summary>
    public ProblemDetails ToProblem()
    {
        var problem = Kind is null ? Problems.OfStatus(Status, Reason) : Problems.Create(Kind, Reason);
        problem.Extensions["linesRead"] = LinesRead;
        return problem;
    }
}

/// <summary>A line that failed.</summary>
/// <param name="Line">Its number, from 1, empty lines included.</param>
/// <param name="Key">Its key, once it had one.</param>
/// <param name="Type">The problem's type.</param>
/// <param name="Detail">A sentence.</param>
/// <param name="Written">
/// What is known of its event: with <c>nothing</c> the line may be sent again, under a new key; otherwise it would then be stored twice, and
/// is to be put under its key.
/// </param>
internal sealed record IngestErrorDocument(long Line, string? Key, string Type, string Detail, WrittenState Written);
