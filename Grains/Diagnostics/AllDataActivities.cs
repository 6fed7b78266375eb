using System.Diagnostics;

namespace AllData.Diagnostics;

/// <summary>
/// The spans of a silo. Without a listener nothing is made for them, and of a trace that is not recorded neither. In an asynchronous method that makes calls,
/// <see cref="Source"/> is used directly: there the span is the current one until the method ends.
/// </summary>
internal static class AllDataActivities
{
    /// <summary>Where they come from.</summary>
    public static readonly ActivitySource Source = new(AllDataTelemetry.ServerSource);

    /// <summary>The span in which a call was made; null where there is none, or none is listened to.</summary>
    public static Activity? Caller => Source.HasListeners() ? Activity.Current : null;

    /// <summary>Begins a span of work that goes on elsewhere: the current one stays that of the caller. Null where it is not recorded.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="kind">Whether it is a call to another peer.</param>
    /// <param name="parent">The span that it is a part of; default: the current one.</param>
    /// <param name="links">Other spans that it works for.</param>
    public static Activity? Begin(string name, ActivityKind kind, ActivityContext parent = default, IEnumerable<ActivityLink>? links = null)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var current = Activity.Current;
        var span = Source.StartActivity(name, kind, parent, links: links);
        Restore(current);
        if (span is { IsAllDataRequested: false })
        {
            End(span);
            return null;
        }

        return span;
    }

    /// <summary>Ends a span, on any thread.</summary>
    public static void End(Activity? span)
    {
        if (span is null)
        {
            return;
        }

        var current = Activity.Current;
        span.Stop();
        Restore(current);
    }

    /// <summary>What is started until this is disposed of, on this thread, belongs to no trace: work that outlives the call that happens to begin it.</summary>
    public static AsyncFlowControl? LeaveTrace() => ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();

    /// <summary>Marks a span as failed.</summary>
    public static void Fail(Activity? span, Exception error) =>
        span?.SetTag(TelemetryAttributes.ErrorType, error.GetType().FullName).SetStatus(ActivityStatusCode.Error, FailureText.SentenceOf(error));

    // What has ended cannot be the current one.
    private static void Restore(Activity? current) => Activity.Current = current is { IsStopped: true } ? null : current;
}
