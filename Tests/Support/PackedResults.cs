using AllData.Puts;
using AllData.Replication;

namespace AllData.Tests.Support;

/// <summary>The results of a put of many, as a coordinator packs them.</summary>
internal static class PackedResults
{
    /// <summary>Packs results that share nothing.</summary>
    public static PutResults Of(IEnumerable<PutResult> results) =>
        PutResults.Pack([.. results.Select(static result => (result.Receipt?.Key ?? result.Error?.Key, AnswerOf(result)))]);

    private static PutAnswer AnswerOf(PutResult result) => result.Receipt is { } receipt
        ? new PutAnswer
        {
            Outcome = receipt.Outcome,
            Replicas = receipt.Replicas,
            Pending = receipt.Pending,
            Level = receipt.Level,
            Adherence = receipt.Adherence,
            Regions = receipt.Regions,
        }
        : PutAnswer.Failed(result.Error!);
}
