using AllData.Errors;
using AllData.Protocol.Links;

namespace AllData.Protocol.Puts;

/// <summary>A put that reached its level while another cluster was saying that it has dropped this one: it was planned without knowing that.</summary>
internal static class LeftPut
{
    /// <summary>Why it is not acknowledged after all; null when a copy stays in the store, or all regions do.</summary>
    /// <param name="reply">What would be answered.</param>
    /// <param name="leaving">The regions that another cluster has dropped, as far as is known when the answer leaves.</param>
    public static PutOutcomeUnknownException? ErrorOf(AcknowledgePut reply, LeavingRegions? leaving) =>
        leaving is null || leaving.AreLeftBy(reply.Holders) ? null
            : new PutOutcomeUnknownException(
                $"It is stored at {string.Join(", ", reply.Holders.Select(static holder => holder.Peer))} alone, in {leaving}, which the store has dropped. "
                    + $"Put it again with the same key, or through a cluster that stays. {leaving.Word.Sentence}",
                reply.Holders,
                [.. reply.Pending.Select(static pending => pending.Peer)])
            {
                Written = WrittenState.SomeCopies,
            };
}
