using AllData.Client.Terminals;

namespace AllData.Client.Scrub;

/// <summary>What a scrub found at a peer, for machines.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Blocks">Blocks read.</param>
/// <param name="Events">Events in them.</param>
/// <param name="Bytes">Bytes read.</param>
/// <param name="Findings">Things found wrong.</param>
/// <param name="Damage">The first of them, a sentence each.</param>
/// <param name="Silent">Why the peer did not answer to the end.</param>
internal sealed record PeerScrubJson(
    string Peer, long Blocks, long Events, long Bytes, long Findings, IReadOnlyList<string> Damage, string? Silent)
{
    public static PeerScrubJson Of(PeerScrubResult result) =>
        new(result.Peer.Value, result.Blocks, result.Events, result.Bytes, result.Findings, result.Damage, result.Silent);
}

/// <summary>Writes what a scrub found.</summary>
internal static class ScrubOutput
{
    /// <summary>Writes it for a machine or for people; the findings themselves were said as they came.</summary>
    public static void Write(Terminal terminal, IReadOnlyList<PeerScrubResult> results, bool json)
    {
        if (json)
        {
            terminal.WriteJson(results.Select(PeerScrubJson.Of));
        }

        foreach (var result in results)
        {
            if (!json)
            {
                terminal.WriteLine($"{result.Peer}: {Amount.OfBlocks(result.Blocks, result.Events)}, {Amount.Of(result.Bytes)}; {Describe(result)}");
            }

            if (result.Silent is not null)
            {
                terminal.Say($"No answer from {result.Peer}: {result.Silent}");
            }
        }
    }

    private static string Describe(PeerScrubResult result) =>
        (result.Findings == 0 ? "no damage" : $"{result.Findings:N0} damaged") + (result.Silent is null ? "" : ", did not answer to the end");
}
