using AllData.Client.Terminals;
using AllData.Replication;

namespace AllData.Client.Audit;

/// <summary>An audit for machines.</summary>
/// <param name="CountedTo">Up to where copies were counted.</param>
/// <param name="Blocks">All blocks.</param>
/// <param name="Events">Events in them.</param>
/// <param name="Strict">Blocks that every responsible peer holds.</param>
/// <param name="Relaxed">Blocks with enough copies, some of them elsewhere than meant.</param>
/// <param name="UnderReplicated">Blocks with too few copies.</param>
/// <param name="Unverifiable">Blocks that put-only peers are meant to hold, too: their copies are believed, not seen.</param>
/// <param name="OldestAway">The earliest minute with a block that is not strict; left out when there is none.</param>
/// <param name="Counts">By interval, adherence and number of copies.</param>
/// <param name="NotAnswering">Peers whose copies could not be counted.</param>
/// <param name="TooNewEvents">Events that are too new to be counted.</param>
internal sealed record AuditJson(
    DateTimeOffset? CountedTo, long Blocks, long Events, AmountJson Strict, AmountJson Relaxed, AmountJson UnderReplicated, AmountJson Unverifiable,
    DateTimeOffset? OldestAway,
    IReadOnlyList<CopyCountJson> Counts, IReadOnlyList<string> NotAnswering, long TooNewEvents)
{
    public static AuditJson Of(AuditTally tally) => new(
        tally.CountedTo,
        tally.Counts.Sum(static c => c.Blocks),
        tally.Counts.Sum(static c => c.Events),
        AmountJson.Of(tally, Adherence.Strict),
        AmountJson.Of(tally, Adherence.Relaxed),
        AmountJson.Of(tally, Adherence.UnderReplicated),
        new AmountJson(tally.Unverifiable.Blocks, tally.Unverifiable.Events),
        tally.OldestAway,
        [.. tally.Counts.Select(CopyCountJson.Of)],
        [.. tally.NotAnswering.Select(static peer => peer.Value)],
        tally.TooNewEvents);
}

/// <summary>Blocks and events, for machines.</summary>
internal sealed record AmountJson(long Blocks, long Events)
{
    /// <summary>Blocks and events with the same adherence.</summary>
    public static AmountJson Of(AuditTally tally, Adherence adherence) => tally.Sum(adherence) is var (blocks, events) ? new(blocks, events) : new(0, 0);
}

/// <summary>Blocks with the same adherence and number of copies, for machines.</summary>
internal sealed record CopyCountJson(string Interval, Adherence Adherence, int Copies, int CopiesAsked, int Unverifiable, long Blocks, long Events)
{
    public static CopyCountJson Of(CopyCount count) =>
        new(count.Interval.ToString(), count.Adherence, count.Copies, count.CopiesAsked, count.Unverifiable, count.Blocks, count.Events);
}

/// <summary>Writes what an audit found.</summary>
internal static class AuditOutput
{
    /// <summary>Writes an audit for a machine or for people.</summary>
    public static void Write(Terminal terminal, AuditTally tally, bool json)
    {
        if (json)
        {
            terminal.WriteJson(AuditJson.Of(tally));
        }
        else
        {
            ToTable(tally).Write(terminal);
            WriteSums(terminal, tally);
        }

        foreach (var peer in tally.NotAnswering)
        {
            terminal.Say($"No answer from {peer}: its copies are not counted.");
        }
    }

    /// <summary>Writes the sums, and what they do not include yet.</summary>
    public static void WriteSums(Terminal terminal, AuditTally tally)
    {
        if (tally.Counts.Count > 0 || tally.TooNewEvents == 0)
        {
            terminal.WriteLine(Describe(tally));
        }

        if (tally.Unverifiable is { Blocks: > 0 } believed)
        {
            terminal.WriteLine($"{Amount.OfBlocks(believed.Blocks, believed.Events)} have copies at put-only peers, which are believed, not seen.");
        }

        if (tally.TooNewEvents > 0)
        {
            var reached = tally.CountedTo is { } to ? $"counted up to {to:yyyy-MM-dd HH:mm}." : "nothing is counted yet.";
            terminal.WriteLine($"{Amount.OfEvents(tally.TooNewEvents)} {(tally.TooNewEvents == 1 ? "is" : "are")} too new to count; {reached} Ask "
                + "again in a minute.");
        }
    }

    /// <summary>The sums in a sentence.</summary>
    public static string Describe(AuditTally tally)
    {
        if (tally.CountedTo is null)
        {
            return "There is nothing to count yet: copies of blocks this new may still be in flight.";
        }

        var (relaxed, few) = (tally.Sum(Adherence.Relaxed), tally.Sum(Adherence.UnderReplicated));
        return tally.OldestAway is not { } oldest
            ? $"{(tally.NotAnswering.IsEmpty ? "All" : "Of the peers that answered, all")} "
                + $"{Amount.OfBlocks(tally.Counts.Sum(static c => c.Blocks), tally.Counts.Sum(static c => c.Events))} "
                + $"up to {tally.CountedTo:yyyy-MM-dd HH:mm} are kept as they are meant to be."
            : $"{Amount.OfBlocks(few.Blocks, few.Events)} {(few.Blocks == 1 ? "has" : "have")} too few copies, {relaxed.Blocks:N0} "
                + $"({Amount.OfEvents(relaxed.Events)}) have enough, but not where they are meant to be; the oldest is of {oldest:yyyy-MM-dd HH:mm}.";
    }

    private static ResultTable ToTable(AuditTally tally)
    {
        var table = new ResultTable(new("interval"), new("adherence"), new("copies"), new("blocks"), new("events"));
        foreach (var count in tally.Counts)
        {
            table.AddRow(
                count.Interval.ToString(), Describe(count.Adherence), CopiesOf(count), $"{count.Blocks:N0}", $"{count.Events:N0}");
        }

        return table;
    }

    private static string CopiesOf(CopyCount count) =>
        $"{count.Copies} of {count.CopiesAsked}{(count.Unverifiable > 0 ? $", {count.Unverifiable} unverifiable" : "")}";

    private static string Describe(Adherence adherence) => adherence switch
    {
        Adherence.Strict => "strict",
        Adherence.Relaxed => "relaxed",
        _ => "under-replicated",
    };
}
