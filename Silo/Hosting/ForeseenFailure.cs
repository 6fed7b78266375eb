using System.Net.Sockets;
using AllData.Clustering;
using AllData.Errors;
using AllData.Storage.Directories;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Orleans.Runtime.Messaging;

namespace AllData.Silo.Hosting;

/// <summary>Failures whose sentence says all that there is to know: a stack trace beside it would only bury it.</summary>
internal static class ForeseenFailure
{
    /// <summary>The variable that brings the stack traces back.</summary>
    public const string ShowStack = "ALLDATA_SHOW_STACK";

    /// <summary>Whether the person who runs the silo asks for stack traces.</summary>
    public static bool IsStackWanted => Environment.GetEnvironmentVariable(ShowStack) is { Length: > 0 };

    /// <summary>
    /// Whether it is a refusal to start, or to go on, that <see cref="SiloRun"/> tells at the end. The runtime tells it, too, at each layer that it passes.
    /// </summary>
    public static bool IsRefusal(Exception e) => Chain(e).Any(static one =>
        one is PeerRefusedException or DataDirectoryException or ReplicaStoreException or ClusterDatabaseException or OptionsValidationException);

    /// <summary>Whether its sentence is enough: a refusal, an answer that did not come in time, or a silo that is not there (yet, or any more).</summary>
    public static bool IsToldInOneSentence(Exception e) => IsRefusal(e) || Chain(e).Any(static one =>
        one is TimeoutException or RegistryUnavailableException or OrleansMessageRejectionException or SiloUnavailableException or ConnectionFailedException
            or HttpRequestException or SocketException);

    private static IEnumerable<Exception> Chain(Exception e)
    {
        for (Exception? one = e; one is not null; one = one.InnerException)
        {
            yield return one;
        }
    }
}
