using AllData.Errors;
using Microsoft.Extensions.Logging;

namespace AllData.Hosting;

/// <summary>
/// Only exception types that the caller knows may cross a grain boundary. A database driver's exception, even an inner one, would arrive as an error
/// about the error. It is logged here, and the caller gets its message.
/// </summary>
internal sealed partial class ContractErrors(ILogger<ContractErrors> logger) : IIncomingGrainCallFilter
{
    /// <inheritdoc/>
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        try
        {
            await context.Invoke();
        }
        catch (Exception e) when (IsOurs(context) && !IsKnown(e))
        {
            LogTranslated(e, context.InterfaceName, context.MethodName);
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

    // The host's own grains have a contract of their own.
    private static bool IsOurs(IIncomingGrainCallContext context) => context.Grain?.GetType().Assembly == typeof(ContractErrors).Assembly;

    [LoggerMessage(LogLevel.Warning, "A call of {Method} of {Interface} failed with an error that its caller could not read; it gets the sentence alone")]
    private partial void LogTranslated(Exception failure, string @interface, string method);
}
