using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Events;
using AllData.Replication;

namespace AllData.Client.Put;

/// <summary>Makes the client that the commands put through: the same as applications use, with bounds for a command.</summary>
internal static class PutClients
{
    // This many answers may fail to come before a put is given up, each through another gateway if there is one.
    private const int Calls = 4;

    private static readonly TimeSpan AnswerBound = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>Makes one.</summary>
    /// <param name="grains">The cluster.</param>
    /// <param name="services">The command's surroundings.</param>
    /// <param name="address">How long to wait for an answer.</param>
    /// <param name="batchEvents">Events in a call, at most.</param>
    /// <param name="batchBytes">Bytes in a call, at most, where one event does not have more.</param>
    /// <param name="inFlight">Calls in flight at once.</param>
    /// <param name="largestEvent">Bytes of the largest event.</param>
    public static AllDataClient Create(
        IGrainFactory grains, ClientServices services, ClusterAddress address, int batchEvents, int batchBytes, int inFlight, int largestEvent)
    {
        var bytes = Math.Max(batchBytes, largestEvent + PackedEvent.Overhead);
        var options = new AllDataClientOptions
        {
            MaxBatchEvents = batchEvents,
            MaxBatchBytes = bytes,
            BatchesInFlight = inFlight,

            // What each event occupies in addition to its payload counts too.
            MaxWaitingBytes = 4L * bytes * inFlight,
            CallTimeout = address.ResponseTimeout < Longest ? address.ResponseTimeout : Longest,
            Timeout = address.ResponseTimeout * Calls < Longest ? address.ResponseTimeout * Calls : Longest,
        };
        return new AllDataClient(grains, options, services.Time, services.Random);
    }

    /// <summary>The largest event that the store accepts, bytes; if it does not say, the default of a store.</summary>
    public static async Task<int> LargestEventAsync(IGrainFactory grains, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            return (await grains.GetPutCoordinator().Describe().WaitAsync(AnswerBound, time, cancellation)).MaxEventBytes;
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            // A silo of an earlier version does not know the question; and the puts themselves avoid one that does not answer.
            return FileLoadOptions.UsualMaxLineBytes;
        }
    }

    /// <summary>The options of a put; null when there are none, so that the silo's options decide without looking at it.</summary>
    public static PutOptions? Asked(PutOptions options) => options == new PutOptions() ? null : options;
}
