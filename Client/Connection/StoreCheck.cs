using System.Collections.Immutable;
using AllData.Replication;

namespace AllData.Client.Connection;

/// <summary>Asks the gateways which store they belong to: the answers of two stores, each complete for itself, would look like those of one.</summary>
internal static class StoreCheck
{
    // An Orleans client assigns grain keys to its gateways in turn; some answers may come from one that was just connected again.
    private const int QuestionsPerGateway = 2;

    private static readonly TimeSpan AnswerBound = TimeSpan.FromSeconds(2);

    /// <summary>Asks.</summary>
    /// <param name="grains">The connected client.</param>
    /// <param name="gateways">How many gateways it has.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="UsageException">They belong to more than one.</exception>
    public static async Task RunAsync(IGrainFactory grains, int gateways, TimeProvider time, CancellationToken cancellation)
    {
        if (gateways < 2)
        {
            return;
        }

        var answers = await Task.WhenAll(Enumerable.Range(0, gateways * QuestionsPerGateway).Select(_ => AskAsync(grains, time, cancellation)));
        Refuse(answers.OfType<StoreDescription>());
        foreach (var answer in answers.OfType<StoreDescription>())
        {
            grains.GetKnownStore().Accept(answer.Store, answer.Aliases);
        }
    }

    /// <summary>Refuses descriptions of more than one store.</summary>
    /// <exception cref="UsageException">They are.</exception>
    public static void Refuse(IEnumerable<StoreDescription> answers)
    {
        var stores = answers.Where(static a => a.Store is not null).ToLookup(static a => a.Store!.Value);
        if (stores.Count > 1)
        {
            throw new UsageException(
                $"The gateways belong to {stores.Count} stores: {string.Join("; ", stores.Select(Describe).Order(StringComparer.Ordinal))}. Nothing was done."
                + " Name the gateways of one store only, with --gateway HOST:PORT.");
        }
    }

    private static string Describe(IGrouping<Guid, StoreDescription> store)
    {
        ImmutableSortedSet<string> gateways = [.. store.Select(static a => $"{a.Gateway} (peer {a.Peer})")];
        return $"{store.Key} at {string.Join(", ", gateways)}";
    }

    private static async Task<StoreDescription?> AskAsync(IGrainFactory grains, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            return await grains.GetPutCoordinator().Describe().WaitAsync(AnswerBound, time, cancellation);
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            // A gateway that does not answer is no reason to refuse the others; and a silo of an earlier version does not know the question.
            return null;
        }
    }
}
