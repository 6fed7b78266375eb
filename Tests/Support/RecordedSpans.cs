using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace AllData.Tests.Support;

/// <summary>
/// The spans of one trace, which begins in the test that makes this. Other tests run at the same time, and nothing of them is recorded.
/// </summary>
internal sealed class RecordedSpans : IDisposable
{
    private readonly Activity? _before = Activity.Current;
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    /// <param name="sources">Whose spans.</param>
    public RecordedSpans(params string[] sources)
    {
        Root = Begin();
        _listener = new ActivityListener
        {
            ShouldListenTo = source => sources.Contains(source.Name),
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceId == Root.TraceId ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>The span of the test, the current one.</summary>
    public Activity Root { get; }

    /// <summary>What has ended, in this order.</summary>
    public IReadOnlyList<Activity> Ended => [.. _ended];

    /// <summary>Another span of the trace, beside that of the test; the current one from now on.</summary>
    public Activity BeginOther() => Begin(Root.Context);

    /// <summary>A span of a trace that is not recorded; the current one from now on.</summary>
    public static Activity BeginUnrecorded() => new Activity("unrecorded")
        .SetParentId(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.None).Start();

    /// <summary>Those of a name.</summary>
    public IReadOnlyList<Activity> Of(string name) => [.. _ended.Where(span => span.OperationName == name)];

    /// <summary>The only one of a name.</summary>
    public Activity Single(string name) => Assert.Single(Of(name));

    /// <summary>Waits until so many of a name have ended.</summary>
    public Task<IReadOnlyList<Activity>> EndedAsync(string name, int count) => Eventually.IsAsync(
        $"waiting until {count} spans {name} have ended", () => Task.FromResult(Of(name)), spans => spans.Count >= count, TimeSpan.FromSeconds(60));

    /// <summary>The trace as a tree, with the attributes of each span.</summary>
    public string ToTree()
    {
        var (text, spans) = (new StringBuilder(), Ended);
        Write(Root.SpanId, "");
        return text.ToString();

        void Write(ActivitySpanId parent, string indent)
        {
            foreach (var span in spans.Where(s => s.ParentSpanId == parent).OrderBy(static s => s.StartTimeUtc))
            {
                text.Append(indent).Append(span.DisplayName).Append(" [").Append(span.Kind).Append("] ")
                    .AppendLine(string.Join(", ", span.TagObjects.Select(static tag => $"{tag.Key}={tag.Value}").Concat(
                        span.Events.Select(static e => $"event {e.Name}")).Concat(span.Status == ActivityStatusCode.Error ? ["ERROR"] : [])));
                Write(span.SpanId, indent + "  ");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _listener.Dispose();
        Activity.Current = _before;
    }

    private static Activity Begin(ActivityContext parent = default)
    {
        var span = new Activity("test").SetIdFormat(ActivityIdFormat.W3C);
        span.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        if (parent != default)
        {
            span.SetParentId(parent.TraceId, parent.SpanId, ActivityTraceFlags.Recorded);
        }

        return span.Start();
    }
}
