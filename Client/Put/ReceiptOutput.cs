using AllData.Client.Terminals;
using AllData.Replication;

namespace AllData.Client.Put;

/// <summary>A receipt for machines, in the shape of the HTTP answer.</summary>
internal sealed record ReceiptJson(
    string Key,
    PutOutcome Outcome,
    IReadOnlyList<ReplicaJson> Replicas,
    IReadOnlyList<ReplicaJson> Pending,
    CommitLevel Level,
    Adherence Adherence)
{
    public static ReceiptJson Of(PutReceipt receipt) => new(
        receipt.Key.ToString(),
        receipt.Outcome,
        [.. receipt.Replicas.Select(ReplicaJson.Of)],
        [.. receipt.Pending.Select(ReplicaJson.Of)],
        receipt.Level,
        receipt.Adherence);
}

/// <summary>A replica for machines.</summary>
internal sealed record ReplicaJson(string Peer, string Region, string Zone)
{
    public static ReplicaJson Of(Replica replica) => new(replica.Peer.Value, replica.Location.Region, replica.Location.Zone);
}

/// <summary>The receipt of one line of a file.</summary>
internal sealed record LineReceiptJson(long Line, string Key, PutOutcome Outcome, Adherence Adherence, IReadOnlyList<string> Replicas)
{
    public static LineReceiptJson Of(long line, PutReceipt receipt) => new(
        line, receipt.Key.ToString(), receipt.Outcome, receipt.Adherence, [.. receipt.Replicas.Select(static r => r.Peer.Value)]);
}

/// <summary>Writes the receipt of a single put.</summary>
internal static class ReceiptOutput
{
    /// <summary>Writes it for a machine or for people.</summary>
    public static void Write(Terminal terminal, PutReceipt receipt, bool json)
    {
        if (json)
        {
            terminal.WriteJson(ReceiptJson.Of(receipt));
            return;
        }

        terminal.WriteLine($"key        {receipt.Key}");
        terminal.WriteLine($"outcome    {(receipt.Outcome == PutOutcome.Stored ? "stored" : "already stored")}");
        terminal.WriteLine($"level      {receipt.Level.ToString().ToLowerInvariant()}");
        terminal.WriteLine($"adherence  {Describe(receipt.Adherence)}");
        terminal.WriteLine($"replicas   {string.Join(", ", receipt.Replicas)}");
        if (!receipt.Pending.IsEmpty)
        {
            terminal.WriteLine($"pending    {string.Join(", ", receipt.Pending)}");
        }
    }

    private static string Describe(Adherence adherence) => adherence switch
    {
        Adherence.Strict => "strict",
        Adherence.Relaxed => "relaxed (a replacement keeps a replica for a peer that did not answer)",
        _ => "under-replicated (fewer peers than replicas wanted)",
    };
}
