using System.Diagnostics;
using AllData.Batching.Queueing;
using AllData.Events;
using AllData.Puts;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Putting;

/// <summary>The span of a batch, which has many callers.</summary>
public sealed class BatchTraceTests : IDisposable
{
    private readonly RecordedSpans _spans = new(AllDataTelemetry.ClientSource);

    public void Dispose() => _spans.Dispose();

    [Fact]
    public void A_batch_is_a_part_of_its_first_recorded_caller_with_links_to_the_others()
    {
        var (first, second, third) = (_spans.BeginOther(), _spans.BeginOther(), _spans.BeginOther());
        using (var span = BatchTrace.Begin(BatchOf(null, first, second, first, third)))
        {
            Assert.Same(span, Activity.Current);
            BatchTrace.OnEnded(span, new TimeoutException("late"), resent: 2);
        }

        var batch = _spans.Single("alldata.batch");
        Assert.Equal((first.SpanId, ActivityKind.Client, ActivityStatusCode.Error), (batch.ParentSpanId, batch.Kind, batch.Status));
        Assert.Equal([second.Context, third.Context], batch.Links.Select(static link => link.Context));
        Assert.Equal(
            ["alldata.batch.attempt=1", "alldata.batch.resent=2", "alldata.event.count=5", "error.type=System.TimeoutException"],
            batch.TagObjects.Select(static tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_batch_without_a_recorded_caller_has_no_span() => Assert.Null(BatchTrace.Begin(BatchOf(null, null)));

    [Fact]
    public void Links_are_bounded()
    {
        using var span = BatchTrace.Begin(BatchOf([.. Enumerable.Range(0, 500).Select(_ => _spans.BeginOther())]));

        Assert.InRange(span!.Links.Count(), 100, 200);
    }

    [Fact]
    public void A_caller_is_kept_only_while_its_trace_is_recorded()
    {
        Assert.Same(_spans.Root, BatchTrace.Caller);
        using var unrecorded = RecordedSpans.BeginUnrecorded();
        Assert.Null(BatchTrace.Caller);
    }

    private static PutBatch BatchOf(params Activity?[] callers)
    {
        var batch = new PutBatch(null, TimeSpan.Zero, callers.Length) { Attempt = 1 };
        foreach (var caller in callers)
        {
            batch.Add(new PutItem([1], new CalledFrom(caller), 0));
        }

        return batch;
    }

    private sealed class CalledFrom(Activity? caller) : IPutSink
    {
        public Activity? Caller => caller;

        public void Settle(int index, EventKey? key, PutAnswer answer)
        {
        }

        public void Withdraw(int events, CancellationToken cancellation)
        {
        }
    }
}
