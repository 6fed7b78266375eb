using AllData.Errors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace AllData.Diagnostics;

/// <summary>
/// A grain whose errors cross its boundary as types that every caller knows, see <see cref="ContractErrors"/>. A filter of the class and not of the silo,
/// because one of the silo costs each put a kilobyte: the coordinator's answers are errors of the contract already.
/// </summary>
internal interface IContractGrain : IIncomingGrainCallFilter
{
    /// <inheritdoc/>
    Task IIncomingGrainCallFilter.Invoke(IIncomingGrainCallContext context) => ContractErrors.InvokeAsync(context);
}

/// <summary>
/// Only exception types that the caller knows may cross a grain boundary. A database driver's exception, even an inner one, would arrive as an error
/// about the error. It is logged here, and the caller gets its message.
/// </summary>
internal static partial class ContractErrors
{
    /// <summary>Makes a call of a grain, and translates the exception that it throws where a caller could not read it.</summary>
    public static async Task InvokeAsync(IIncomingGrainCallContext context)
    {
        try
        {
            await context.Invoke();
        }
        catch (Exception e) when (!IsKnown(e))
        {
            var services = context.TargetContext.ActivationServices;
            LogTranslated(services.GetRequiredService<ILogger<IContractGrain>>(), e, context.InterfaceName, context.MethodName);
            throw Translate(e);
        }
    }

    /// <summary>Whether every caller can read an exception and its inner exceptions.</summary>
    internal static bool IsKnown(Exception? exception) => exception is null
        || (IsContract(exception) && IsKnown(exception.InnerException)
            && (exception is not AggregateException several || several.InnerExceptions.All(IsKnown)));

    /// <summary>The same failure in a form that every caller can read.</summary>
    internal static Exception Translate(Exception exception) => exception switch
    {
        ReplicaStoreException store => new ReplicaStoreException(store.Message),
        _ => new UnexpectedFailureException($"{exception.GetType().Name}: {exception.Message} The log of the silo says more."),
    };

    private static bool IsContract(Exception exception)
    {
        var assembly = exception.GetType().Assembly;
        return assembly == typeof(PutException).Assembly || assembly == typeof(object).Assembly
            || assembly.GetName().Name?.StartsWith("Orleans.", StringComparison.Ordinal) == true;
    }

    [LoggerMessage(LogLevel.Warning, "A call of {Method} of {Interface} failed with an error that its caller could not read; it gets the sentence alone")]
    private static partial void LogTranslated(ILogger logger, Exception failure, string @interface, string method);
}
