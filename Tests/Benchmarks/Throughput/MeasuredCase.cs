using AllData.Client.Bench;

namespace AllData.Benchmarks;

/// <summary>What one round of a case has shown.</summary>
/// <param name="EventsPerSecond">The rate.</param>
/// <param name="P50">Median latency, milliseconds.</param>
/// <param name="P99">99 of 100 were faster, milliseconds.</param>
/// <param name="ClientCpu">Processor time of the client, microseconds an event.</param>
/// <param name="SilosCpu">Processor time of the silos, microseconds an event.</param>
internal sealed record CaseFigures(double EventsPerSecond, double P50, double P99, double? ClientCpu = null, double? SilosCpu = null)
{
    /// <summary>Events of a second of one processor, of the client's and the silos' together; null where these times are not known.</summary>
    public double? EventsPerCoreSecond => ClientCpu + SilosCpu is > 0 and var cpu ? 1_000_000 / cpu : null;

    /// <summary>Takes them from what the program says.</summary>
    public static CaseFigures Of(BenchJson run) => new(run.EventsPerSecond, run.P50, run.P99, run.ClientCpu, run.SilosCpu);

    /// <summary>Takes them from a round of stores.</summary>
    public static CaseFigures Of(Measured round, int eventsPerBlock) => new(round.BlocksPerSecond * eventsPerBlock, round.P50, round.P99);
}

/// <summary>Something that is measured in every round.</summary>
/// <param name="name">Its name on the command line and in the table.</param>
/// <param name="measure">Measures one round; null figures or a text: it failed.</param>
internal sealed class MeasuredCase(string name, Func<Task<(CaseFigures? Figures, string? Failure)>> measure)
{
    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>The rate to reach; null: none.</summary>
    public double? Goal { get; private set; }

    /// <summary>The case of the same run to compare with, and which part of its rate is to be reached.</summary>
    public (string Case, double Part)? Beside { get; private set; }

    /// <summary>The latencies to stay under, milliseconds.</summary>
    public (double P50, double P99)? Within { get; private set; }

    /// <summary>What the rounds have shown.</summary>
    public List<CaseFigures> Rounds { get; } = [];

    /// <summary>What went wrong in them.</summary>
    public List<string> Failures { get; } = [];

    /// <summary>Median of a figure over the rounds; 0 when there is none.</summary>
    public double Median(Func<CaseFigures, double?> of) => Rounds.Count == 0 ? 0 : Rounds.Select(r => of(r) ?? 0).Order().ElementAt(Rounds.Count / 2);

    /// <summary>Says what is to be reached.</summary>
    public MeasuredCase With(double? goal = null, (string Case, double Part)? beside = null, (double P50, double P99)? within = null)
    {
        (Goal, Beside, Within) = (goal, beside, within);
        return this;
    }

    /// <summary>Runs it until it gets no faster; nothing of that counts.</summary>
    public async Task WarmUpAsync()
    {
        var rates = await WarmUp.UntilSteadyAsync(async () => (await measure()).Figures?.EventsPerSecond ?? 0);
        Console.WriteLine($"warm-up, {Name,-18} {string.Join(", ", rates.Select(static rate => $"{rate:N0}"))} events/s");
    }

    /// <summary>Measures one round.</summary>
    public async Task MeasureAsync(int round)
    {
        var (figures, failure) = await measure();
        if (figures is not null)
        {
            Rounds.Add(figures);
        }

        if (failure is not null)
        {
            Failures.Add($"{Name}, round {round}: {failure}");
        }

        Console.WriteLine($"round {round}, {Name,-18} {figures?.EventsPerSecond,12:N0} events/s, p50 {figures?.P50:0.00} ms, p99 {figures?.P99:0.00} ms "
            + $" {failure}");
    }
}
