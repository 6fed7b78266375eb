using System.Diagnostics;
using AllData.Diagnostics;
using Orleans.Runtime;

namespace AllData.Silo.Telemetry;

/// <summary>Makes a span of a call to a grain that comes with the context of a recorded trace.</summary>
internal sealed class IncomingTrace : IIncomingGrainCallFilter
{
    /// <inheritdoc/>
    public Task Invoke(IIncomingGrainCallContext context) =>
        RequestContext.Get(OutgoingTrace.Parent) is string parent
            && ActivityContext.TryParse(parent, RequestContext.Get(OutgoingTrace.State) as string, isRemote: true, out var caller)
            ? TraceAsync(context, caller)
            : context.Invoke();

    private static async Task TraceAsync(IIncomingGrainCallContext context, ActivityContext caller)
    {
        using var span = AllDataActivities.Source.StartActivity($"{context.InterfaceName}/{context.MethodName}", ActivityKind.Server, caller);
        span?.SetTag("rpc.system", "orleans").SetTag("rpc.service", context.InterfaceName).SetTag("rpc.method", context.MethodName);
        try
        {
            await context.Invoke();
        }
        catch (Exception e)
        {
            AllDataActivities.Fail(span, e);
            throw;
        }
    }
}
