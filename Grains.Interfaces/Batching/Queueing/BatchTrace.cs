using System.Diagnostics;

namespace AllData.Batching.Queueing;

/// <summary>
/// The span of an attempt to send a batch: a part of the first recorded trace of its callers, with links to the others. Nothing is made where no caller's
/// trace is recorded.
/// </summary>
internal static class BatchTrace
{
    private const string Name = "alldata.batch";

    // A batch may have thousands of callers; exporters cut off at this number, too.
    private const int MaxLinks = 128;

    private static readonly ActivitySource Source = new(AllDataTelemetry.ClientSource);

    /// <summary>The span of the code that puts; null where it has none that is recorded, or none is listened to.</summary>
    public static Activity? Caller => Source.HasListeners() && Activity.Current is { Recorded: true } caller ? caller : null;

    /// <summary>Begins the span of an attempt, the current one until the calling method ends.</summary>
    public static Activity? Begin(PutBatch batch)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var callers = new HashSet<ActivityContext>();
        for (var i = 0; i < batch.Count && callers.Count <= MaxLinks; i++)
        {
            if (batch.ItemAt(i).Caller is { } caller)
            {
                callers.Add(caller.Context);
            }
        }

        if (callers.Count == 0)
        {
            return null;
        }

        var span = Source.StartActivity(
            Name, ActivityKind.Client, callers.First(), links: callers.Skip(1).Select(static caller => new ActivityLink(caller)));
        return span?.SetTag("alldata.event.count", batch.Count).SetTag("alldata.batch.attempt", batch.Attempt);
    }

    /// <summary>The attempt has ended.</summary>
    /// <param name="span">Its span.</param>
    /// <param name="failure">Why it failed as a whole, or one of its events did; null: it did not.</param>
    /// <param name="resent">Events that are sent again.</param>
    public static void OnEnded(Activity? span, Exception? failure, int resent)
    {
        span?.SetTag("alldata.batch.resent", resent);
        if (failure is not null)
        {
            span?.SetTag("error.type", failure.GetType().FullName).SetStatus(ActivityStatusCode.Error, FailureText.SentenceOf(failure));
        }
    }
}
