using AllData.Errors;
using AllData.Events;
using AllData.Peers;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace AllData.Security;

/// <summary>
/// Where silos have certificates: makes a call of a client only if the client's roles allow it (<see cref="GrainRoles"/>). Calls of silos are made as always.
/// </summary>
/// <remarks>
/// Which calls come from clients is what the message says of itself: Orleans does not compare it with the connection. So this keeps the roles of clients
/// that use the library; one that speaks Orleans' protocol by its own program and has a certificate is beyond it.
/// </remarks>
internal sealed partial class CallerFilter(KnownCallers callers, AuditLog audit, PrincipalQuotas quotas, ILogger<CallerFilter> logger)
    : IIncomingGrainCallFilter
{
    private const int MaxTarget = 200;

    // Orleans' names, as bytes because every call is looked at: clients of the cluster, and the one that each silo has inside.
    private static ReadOnlySpan<byte> ClientType => "sys.client"u8;

    private static ReadOnlySpan<byte> HostedClient => "hosted-"u8;

    /// <inheritdoc/>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.SourceId is not { } source || !IsClient(source) || GrainRoles.IsOfOrleansClient(context.InterfaceMethod))
        {
            return context.Invoke();
        }

        var (method, needed) = Meant(context);
        var principal = Find(context, method);
        if ((principal.Roles & needed) == 0)
        {
            LogRefused(principal.Name, context.InterfaceName, context.MethodName);
            throw Audited(context, method, principal.Name, new CallerRefusedException(needed == StoreRoles.None
                ? $"{context.InterfaceName}.{context.MethodName} is for silos only."
                : $"'{principal.Name}' may not do this: {method} is for the role {string.Join(" or ", PrincipalsDocument.Names(needed))}."));
        }

        if (context.InterfaceMethod.DeclaringType == typeof(IAsyncEnumerableGrainExtension))
        {
            CallerMark.Set(principal.Name, principal.Roles.HasFlag(StoreRoles.Operator));
        }

        if (quotas.Of(principal) is { } meter)
        {
            Count(context, principal.Name, meter);
        }

        return GrainRoles.IsAudited(context.InterfaceMethod) ? InvokeAuditedAsync(context, method, principal.Name) : context.Invoke();
    }

    // Reads and what operators do have no quota.
    private static void Count(IIncomingGrainCallContext context, string principal, QuotaMeter meter)
    {
        for (var i = 0; i < context.Request.GetArgumentCount(); i++)
        {
            var (events, bytes) = context.Request.GetArgument(i) switch
            {
                EventPayload one => (1, one.Bytes.Length),
                EventBatch many => (many.Count, many.Records.Length),
                _ => default,
            };
            if (events > 0)
            {
                if (meter.Wait() is var wait && wait > TimeSpan.Zero)
                {
                    throw new OverloadedException(PrincipalQuotas.Refusal(principal), wait);
                }

                meter.Count(events, bytes);
                return;
            }
        }
    }

    private Principal Find(IIncomingGrainCallContext context, string method)
    {
        try
        {
            return callers.Find(RequestContext.Get(CallerProof.ContextKey) as byte[]);
        }
        catch (CallerRefusedException refusal)
        {
            throw Audited(context, method, principal: null, refusal);
        }
    }

    private CallerRefusedException Audited(IIncomingGrainCallContext context, string method, string? principal, CallerRefusedException refusal)
    {
        audit.Write(new AuditEntry(method, AuditEntry.Refused, principal, Target: TargetOf(context), Reason: refusal.Message));
        return refusal;
    }

    private async Task InvokeAuditedAsync(IIncomingGrainCallContext context, string method, string principal)
    {
        var entry = new AuditEntry(method, AuditEntry.Done, principal, Target: TargetOf(context));
        try
        {
            await context.Invoke();
        }
        catch (Exception e)
        {
            audit.Write(entry with { Result = AuditEntry.Failed, Reason = e.Message });
            throw;
        }

        audit.Write(entry);
    }

    // What the store names itself: peers, mostly. Arguments of other kinds say nothing to a reader.
    private static string? TargetOf(IIncomingGrainCallContext context)
    {
        var text = string.Join(
            ' ', Enumerable.Range(0, context.Request.GetArgumentCount()).Select(context.Request.GetArgument)
                .Where(static argument => argument is PeerId or PeerLocation or bool or int or string).Select(static argument => $"{argument}"));
        text = text.Length == 0 && context.InterfaceMethod.DeclaringType == typeof(IConsumerGrain) ? context.TargetId.Key.ToString() ?? "" : text;
        return text.Length == 0 ? null : text.Length <= MaxTarget ? text : text[..MaxTarget];
    }

    // A call that answers with many values is one of Orleans' own, and carries the call that is meant; the next values are asked for by a number that only the
    // caller of the first has.
    private static (string Method, StoreRoles Needed) Meant(IIncomingGrainCallContext context) =>
        GrainRoles.IsOfOtherStream(context.InterfaceMethod, context.TargetId) ? (context.MethodName, StoreRoles.None)
        : context.InterfaceMethod.DeclaringType != typeof(IAsyncEnumerableGrainExtension) ? (context.MethodName, GrainRoles.Of(context.InterfaceMethod))
        : context.Request.GetArgumentCount() < 2 || context.Request.GetArgument(1) is not IInvokable meant ? (context.MethodName, GrainRoles.Any)
        : (meant.GetMethodName(), GrainRoles.Of(meant.GetMethod()));

    private static bool IsClient(GrainId id) =>
        id.Type.AsSpan().StartsWith(ClientType) && !id.Key.AsSpan().StartsWith(HostedClient);

    [LoggerMessage(LogLevel.Warning, "{Caller} may not call {Interface}.{Method}")]
    private partial void LogRefused(string caller, string @interface, string method);
}
