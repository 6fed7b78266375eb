using System.Diagnostics;
using AllData.Silo.Telemetry;
using AllData.Tests.Support;
using Orleans;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Silo;

/// <summary>A recorded trace travels with calls to grains, and costs calls nothing that belong to none.</summary>
public sealed class CallTraceTests : IDisposable
{
    private readonly RecordedSpans _spans = new(AllDataTelemetry.ServerSource);

    public void Dispose()
    {
        RequestContext.Clear();
        _spans.Dispose();
    }

    [Fact]
    public async Task A_call_carries_the_recorded_span_that_makes_it_and_the_next_call_does_not()
    {
        _spans.Root.TraceStateString = "vendor=1";
        Assert.Equal((_spans.Root.Id, "vendor=1"), await SentAsync());

        Activity.Current = null;
        Assert.Equal(default, await SentAsync());
        using var unrecorded = RecordedSpans.BeginUnrecorded();
        Assert.Equal(default, await SentAsync());
    }

    [Fact]
    public async Task A_call_that_comes_with_a_recorded_trace_is_a_span_of_it_and_one_that_comes_without_is_none()
    {
        var context = _spans.Root.Id!;
        Activity.Current = null;
        Assert.Null(await ReceivedAsync());
        RequestContext.Set("traceparent", "nonsense");
        Assert.Null(await ReceivedAsync());
        RequestContext.Set("traceparent", context);
        RequestContext.Set("tracestate", "vendor=1");

        var seen = await ReceivedAsync();

        var span = _spans.Single("IEchoGrain/Echo");
        Assert.Same(seen, span);
        Assert.Equal(
            (ActivityKind.Server, _spans.Root.SpanId, "vendor=1", true), (span.Kind, span.ParentSpanId, span.TraceStateString, span.HasRemoteParent));
        Assert.Equal(
            ["rpc.method=Echo", "rpc.service=IEchoGrain", "rpc.system=orleans"],
            span.TagObjects.Select(static tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_call_that_fails_is_a_span_with_the_error_and_fails()
    {
        RequestContext.Set("traceparent", _spans.Root.Id!);
        Activity.Current = null;

        await Assert.ThrowsAsync<TimeoutException>(() => ReceivedAsync(new TimeoutException("It was silent.")));

        var span = _spans.Single("IEchoGrain/Echo");
        Assert.Equal(
            (ActivityStatusCode.Error, "It was silent.", "System.TimeoutException"), (span.Status, span.StatusDescription, span.GetTagItem("error.type")));
    }

    private static async Task<(string? Parent, string? State)> SentAsync()
    {
        var sent = default((string?, string?));
        await new OutgoingTrace().Invoke(GrainStub.Of<IOutgoingGrainCallContext>((_, _) =>
        {
            sent = (RequestContext.Get("traceparent") as string, RequestContext.Get("tracestate") as string);
            return Task.CompletedTask;
        }));
        Assert.Null(RequestContext.Get("traceparent"));
        return sent;
    }

    private static async Task<Activity?> ReceivedAsync(Exception? failure = null)
    {
        Activity? seen = null;
        await new IncomingTrace().Invoke(GrainStub.Of<IIncomingGrainCallContext>((method, _) => method.Name switch
        {
            "get_InterfaceName" => "IEchoGrain",
            "get_MethodName" => "Echo",
            _ => Call(),
        }));
        return seen;

        Task Call()
        {
            seen = Activity.Current;
            return failure is null ? Task.CompletedTask : Task.FromException(failure);
        }
    }
}
