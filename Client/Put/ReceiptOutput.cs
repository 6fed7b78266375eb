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
    Adherence Adherence,
    RegionCountJson? Regions,
    IReadOnlyList<RegionOutage>? Owed,
    bool? FellBack,
    [property: System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)] string? Topic)
{
    public static ReceiptJson Of(PutReceipt receipt) => new(
        receipt.Key.ToString(),
        receipt.Outcome,
        [.. receipt.Replicas.Select(ReplicaJson.Of)],
        [.. receipt.Pending.Select(ReplicaJson.Of)],
        receipt.Level,
        receipt.Adherence,
        RegionCountJson.Of(receipt.Regions),
        receipt.Regions?.Owed,
        receipt.Regions?.FellBack,
        receipt.Topic?.Value);
}

/// <summary>In how many regions an event is held and meant to be held, for machines; nothing where a receipt says nothing of regions.</summary>
internal sealed record RegionCountJson(int Held, int Wanted)
{
    public static RegionCountJson? Of(RegionCoverage? regions) => regions is null ? null : new(regions.Held, regions.Wanted);
}

/// <summary>A replica for machines.</summary>
internal sealed record ReplicaJson(string Peer, string Region, string Zone)
{
    public static ReplicaJson Of(Replica replica) => new(replica.Peer.Value, replica.Location.Region, replica.Location.Zone);
}

/// <summary>The receipt of one line of a file.</summary>
internal sealed record LineReceiptJson(
    long Line,
    string Key,
    PutOutcome Outcome,
    Adherence Adherence,
    IReadOnlyList<string> Replicas,
    RegionCountJson? Regions,
    IReadOnlyList<RegionOutage>? Owed,
    bool? FellBack)
{
    public static LineReceiptJson Of(long line, PutReceipt receipt) => new(
        line,
        receipt.Key.ToString(),
        receipt.Outcome,
        receipt.Adherence,
        [.. receipt.Replicas.Select(static r => r.Peer.Value)],
        RegionCountJson.Of(receipt.Regions),
        receipt.Regions?.Owed,
        receipt.Regions?.FellBack);
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
        terminal.WriteLine($"level      {receipt.Level.ToString().ToLowerInvariant()}{(receipt.HasFallenBack ? " (fell back: regions are cut off)" : "")}");
        terminal.WriteLine($"adherence  {Describe(receipt.Adherence)}");
        terminal.WriteLine($"replicas   {string.Join(", ", receipt.Replicas)}");
        if (!receipt.Pending.IsEmpty)
        {
            terminal.WriteLine($"pending    {string.Join(", ", receipt.Pending)}");
        }

        if (receipt.Regions is { } regions)
        {
            terminal.WriteLine($"regions    {regions.Held} of {regions.Wanted}");
        }

        if (!receipt.Owed.IsEmpty)
        {
            terminal.WriteLine($"owed       {string.Join(", ", receipt.Owed)}");
        }
    }

    private static string Describe(Adherence adherence) => adherence switch
    {
        Adherence.Strict => "strict",
        Adherence.Relaxed => "relaxed (a replica is not where it is meant to be, or not yet)",
        _ => "under-replicated (fewer replicas than wanted)",
    };
}
