using System.Diagnostics;
using Orleans.Runtime;

namespace AllData.Silo.Telemetry;

/// <summary>
/// Sends the context of a recorded trace along with each call to a grain, in the form of W3C and under the names that Orleans' own propagation uses, so that
/// both understand each other. Of a trace that is not recorded nothing is made or sent: Orleans' own filters begin a span for each call.
/// </summary>
/// <remarks>The form: W3C Trace Context, https://www.w3.org/TR/trace-context/.</remarks>
internal sealed class OutgoingTrace : IOutgoingGrainCallFilter
{
    /// <summary>The name of a context.</summary>
    public const string Parent = "traceparent";

    /// <summary>The name of what tracing systems add to it.</summary>
    public const string State = "tracestate";

    /// <inheritdoc/>
    public Task Invoke(IOutgoingGrainCallContext context) =>
        Activity.Current is { Recorded: true } current ? CarryAsync(context, current) : context.Invoke();

    // What is set holds until this method ends.
    private static async Task CarryAsync(IOutgoingGrainCallContext context, Activity current)
    {
        RequestContext.Set(Parent, current.Id!);
        if (current.TraceStateString is { Length: > 0 } state)
        {
            RequestContext.Set(State, state);
        }

        await context.Invoke();
    }
}
