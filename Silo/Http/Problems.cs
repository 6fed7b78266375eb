using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using AllData.Errors;
using Microsoft.AspNetCore.Mvc;

namespace AllData.Silo.Http;

/// <summary>The name and status of a kind of failure.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Name">Last part of the problem's type URI.</param>
/// <param name="Title">The same for every occurrence.</param>
internal sealed record ProblemKind(int Status, string Name, string Title);

/// <summary>Turns failures into problem details (RFC 9457) with the data that the exception carries.</summary>
internal static class Problems
{
    /// <summary>The beginning of problem types. They are names, not addresses.</summary>
    public const string TypePrefix = "urn:alldata:problem:";

    private static readonly FrozenDictionary<Type, ProblemKind> Kinds = new Dictionary<Type, ProblemKind>
    {
        [typeof(NotEnoughPeersException)] = new(503, "not-enough-peers", "Not enough peers"),
        [typeof(NotEnoughRegionsException)] = new(503, "not-enough-regions", "Not enough regions can be reached"),
        [typeof(ClusterDroppedException)] = new(503, "cluster-dropped", "The cluster was dropped from the store"),
        [typeof(InvalidEventException)] = new(400, "invalid-event", "The event or its options are not acceptable"),
        [typeof(InvalidKeyException)] = new(400, "invalid-key", "The key is not acceptable"),
        [typeof(EventTooLargeException)] = new(413, "event-too-large", "The event is too large"),
        [typeof(OverloadedException)] = new(503, "overloaded", "Too much is waiting"),
        [typeof(KeysUnavailableException)] = new(503, "keys-unavailable", "No key can be issued here now"),
        [typeof(TopicsNotSupportedException)] = new(503, "topics-not-supported", "The silo knows no topics"),
        [typeof(CommitLevelNotReachedException)] = new(500, "commit-level-not-reached", "The commit level was not reached"),
        [typeof(PutOutcomeUnknownException)] = new(504, "put-outcome-unknown", "The outcome of the put is not known"),
        [typeof(OtherStoreException)] = new(421, "other-store", "The put is meant for another store"),
        [typeof(KeyConflictException)] = new(409, "key-conflict", "Another event is stored under the key"),
    }.ToFrozenDictionary();

    /// <summary>A compressed stream expands to too much.</summary>
    public static readonly ProblemKind StreamTooLarge = new(413, "stream-too-large", "The compressed stream expands to too much");

    /// <summary>The caller has used up its quota.</summary>
    public static readonly ProblemKind QuotaExceeded = new(429, "quota-exceeded", "The caller's quota is used up");

    /// <summary>The caller has as many streams open as one may have.</summary>
    public static readonly ProblemKind TooManyStreams = new(429, "too-many-streams", "The caller has too many streams open");

    /// <summary>The caller has as many scans open as one may have.</summary>
    public static readonly ProblemKind TooManyScans = new(429, "too-many-scans", "The caller has too many scans open");

    /// <summary>The caller follows as often as one may.</summary>
    public static readonly ProblemKind TooManyFollowers = new(429, "too-many-followers", "The caller follows too often at once");

    private static readonly ProblemKind Unforeseen = new(500, "unforeseen", "The put failed unexpectedly");

    private static readonly ProblemKind Reused = new(422, "idempotency-key-reused", "Idempotency-Key is already used");

    /// <summary>Too much is waiting.</summary>
    public static ProblemKind Overloaded => Kinds[typeof(OverloadedException)];

    /// <summary>The kind of an exception; null when it has none of its own.</summary>
    public static ProblemKind? KindOf(Type exception) => Kinds.GetValueOrDefault(exception);

    /// <summary>The type URI of a kind.</summary>
    public static string TypeOf(ProblemKind? kind) => kind is null ? "about:blank" : TypePrefix + kind.Name;

    /// <summary>The problem details of a put's failure.</summary>
    public static ProblemDetails From(PutException exception)
    {
        var problem = Create(KindOf(exception.GetType()) ?? Unforeseen, exception.Message);
        problem.Extensions["written"] = JsonNamingPolicy.CamelCase.ConvertName(exception.Written.ToString());
        if (exception.Key is { } key)
        {
            problem.Extensions["key"] = key.ToString();
        }

        AddData(problem.Extensions, exception);
        return problem;
    }

    /// <summary>The problem details of an <c>Idempotency-Key</c> with another event.</summary>
    public static ProblemDetails From(IdempotencyKeyReusedException exception)
    {
        var problem = Create(Reused, exception.Message);
        problem.Extensions["written"] = "nothing";
        if (exception.Key is { } key)
        {
            problem.Extensions["key"] = key.ToString();
        }

        return problem;
    }

    /// <summary>The problem details of a quota that is used up.</summary>
    public static ProblemDetails From(QuotaExceededException exception)
    {
        var problem = Create(QuotaExceeded, exception.Message);
        problem.Extensions["written"] = "nothing";
        problem.Extensions["retryAfter"] = exception.RetryAfter.TotalSeconds;
        return problem;
    }

    /// <summary>The problem details of a stream that is one too many.</summary>
    public static ProblemDetails From(TooManyStreamsException exception, TimeSpan retryAfter)
    {
        var problem = Create(exception.IsOfCaller ? TooManyStreams : Overloaded, exception.Message);
        problem.Extensions["written"] = "nothing";
        problem.Extensions["retryAfter"] = retryAfter.TotalSeconds;
        return problem;
    }

    /// <summary>A problem of a kind.</summary>
    public static ProblemDetails Create(ProblemKind kind, string detail) => new()
    {
        Type = TypeOf(kind),
        Title = kind.Title,
        Status = kind.Status,
        Detail = PublicText.Of(detail),
    };

    /// <summary>A problem described by its status alone.</summary>
    public static ProblemDetails OfStatus(int status, string? detail) => new()
    {
        Type = "about:blank",
        Title = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
        Status = status,
        Detail = detail is null ? null : PublicText.Of(detail),
    };

    /// <summary>Whole seconds for a Retry-After header, at least 1: with 0 a client would be back at once.</summary>
    public static string RetryAfterSeconds(TimeSpan retryAfter) =>
        Math.Max(1, (long)Math.Ceiling(retryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    private static void AddData(IDictionary<string, object?> data, PutException exception)
    {
        switch (exception)
        {
            case NotEnoughPeersException e:
                data["replicationFactor"] = e.ReplicationFactor;
                data["peersKnown"] = e.PeersKnown;
                break;
            case NotEnoughRegionsException e:
                (data["minRegions"], data["reachableRegions"]) = (e.MinRegions, e.ReachableRegions);
                (data["minZones"], data["reachableZones"]) = (e.MinZones, e.ReachableZones);
                data["cutOff"] = e.CutOff.IsDefault ? [] : e.CutOff;
                break;
            case ClusterDroppedException e:
                data["documentVersion"] = e.DocumentVersion;
                break;
            case EventTooLargeException e:
                data["limit"] = e.Limit;
                data["size"] = e.Size;
                break;
            case KeysUnavailableException { RetryAfter: { } retry }:
                data["retryAfter"] = retry.TotalSeconds;
                break;
            case OverloadedException e:
                data["retryAfter"] = e.RetryAfter.TotalSeconds;
                break;
            case CommitLevelNotReachedException e:
                data["needed"] = e.Needed;
                data["holders"] = ReplicaDocument.From(e.Holders);
                data["failures"] = e.Failures.IsDefault ? [] : e.Failures.Select(f => new { Peer = f.Peer.Value, Reason = PublicText.Of(f.Reason) }).ToArray();
                break;
            case PutOutcomeUnknownException e:
                data["holders"] = ReplicaDocument.From(e.Holders);
                data["pending"] = e.Pending.IsDefault ? [] : e.Pending.Select(p => p.Value).ToArray();
                break;
            case KeyConflictException e:
                data["conflict"] = new { Held = e.Conflict.Held.ToString(), Offered = e.Conflict.Offered.ToString() };
                break;
        }
    }
}
