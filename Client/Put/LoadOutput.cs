using AllData.Client.Terminals;

namespace AllData.Client.Put;

/// <summary>The outcome of a load for machines.</summary>
internal sealed record LoadJson(
    long Read, long Stored, long AlreadyStored, long Failed, long Unknown, long Retried, double Seconds, double EventsPerSecond,
    LoadAdherenceJson Adherence, bool Interrupted);

/// <summary>How many acknowledged lines lie where the policy wants them.</summary>
internal sealed record LoadAdherenceJson(long Strict, long Relaxed, long UnderReplicated);

/// <summary>Writes the outcome of a load.</summary>
internal static class LoadOutput
{
    /// <summary>Writes it for a machine or for people.</summary>
    public static void Write(Terminal terminal, LoadCounts counts, TimeSpan elapsed, bool interrupted, bool json)
    {
        var shape = Shape(counts, elapsed, interrupted);
        if (json)
        {
            terminal.WriteJson(shape);
            return;
        }

        terminal.WriteLine($"{shape.Read:N0} read{(interrupted ? " (interrupted)" : "")}: {shape.Stored:N0} stored, "
            + $"{shape.AlreadyStored:N0} already stored, {shape.Failed:N0} failed"
            + $"{(shape.Unknown > 0 ? $", {shape.Unknown:N0} of unknown outcome" : "")}; {shape.Retried:N0} retried");
        terminal.WriteLine($"{shape.Seconds:N1} s, {shape.EventsPerSecond:N0} events/s");
        terminal.WriteLine($"adherence: {shape.Adherence.Strict:N0} strict, {shape.Adherence.Relaxed:N0} relaxed, "
            + $"{shape.Adherence.UnderReplicated:N0} under-replicated");
    }

    /// <summary>One line about a load that runs.</summary>
    public static string Describe(LoadCounts counts, double eventsPerSecond, double? fraction) =>
        $"{counts.Acknowledged:N0} acknowledged, {counts.Failed + counts.Unknown:N0} failed, {counts.Retried:N0} retried, {eventsPerSecond:N0} events/s"
        + (fraction is { } part ? $", {part * 100:N0} % read" : "");

    private static LoadJson Shape(LoadCounts counts, TimeSpan elapsed, bool interrupted)
    {
        var seconds = Math.Round(elapsed.TotalSeconds, 3);
        var rate = seconds > 0 ? Math.Round(counts.Acknowledged / seconds, 1) : 0;
        var adherence = new LoadAdherenceJson(counts.Strict, counts.Relaxed, counts.UnderReplicated);
        return new LoadJson(
            counts.Read, counts.Stored, counts.AlreadyStored, counts.Failed, counts.Unknown, counts.Retried, seconds, rate, adherence, interrupted);
    }
}
