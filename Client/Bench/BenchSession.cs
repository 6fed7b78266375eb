using AllData.Batching;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Terminals;

namespace AllData.Client.Bench;

/// <summary>The runs of one <c>bench</c> command: what is the same whatever the way into the store.</summary>
internal sealed class BenchSession
{
    private readonly ClientServices _services;
    private readonly ClusterReports? _reports;
    private readonly IGrainFactory? _grains;
    private readonly List<BenchJson> _runs = [];

    private BenchSession(ClientServices services, IGrainFactory? grains, ClusterReports? reports)
    {
        (_services, _grains, _reports) = (services, grains, reports);
    }

    /// <summary>Shows the conditions of the runs.</summary>
    /// <param name="services">The command's surroundings.</param>
    /// <param name="grains">The cluster.</param>
    /// <param name="isVerified">Whether what a run puts is read back.</param>
    /// <param name="cancellation">Abandons it.</param>
    public static async Task<BenchSession> OpenAsync(ClientServices services, IGrainFactory grains, bool isVerified, CancellationToken cancellation)
    {
        var reports = new ClusterReports(grains, new RetryingCaller(new RetryRule(services.Random), services.Time));
        BenchConditions.Say(services.Terminal, await reports.GetAsync(cancellation));
        return new BenchSession(services, isVerified ? grains : null, reports);
    }

    /// <summary>Runs of which only the answers are known.</summary>
    public static BenchSession WithoutCluster(ClientServices services) => new(services, null, null);

    /// <summary>Runs a load and notes its results.</summary>
    public async Task RunAsync(BenchTerms terms, RunRecord record, TimeSpan duration, Func<Task> load, CancellationToken cancellation)
    {
        var pace = terms.Rate is { } rate ? $"{rate:N0} events/s, at most {terms.InFlight} calls" : $"{terms.InFlight} calls";
        _services.Terminal.Say($"{terms.Via}: {pace} in flight, {terms.Batch} events each, for {duration.TotalSeconds:0.#} s ...");
        var run = await new LoadRun(_services.Terminal, _reports, _grains?.CreateEventReader(), _services.Time).RunAsync(record, duration, load, cancellation);
        _runs.Add(BenchJson.Of(terms, run));
        BenchOutput.SayFindings(_services.Terminal, run);
    }

    /// <summary>Writes the results.</summary>
    /// <returns>
    /// The exit code: failed when not all acknowledged events were found once, or puts failed; at a given rate, otherwise than by
    /// <c>Overloaded</c>.
    /// </returns>
    public int Finish(bool json)
    {
        BenchOutput.Write(_services.Terminal, _runs, json);
        return _runs.Exists(HasFailed) ? ExitCodes.Failed : ExitCodes.Done;
    }

    // The purpose of a given rate may be to find out that it is too high.
    private static bool HasFailed(BenchJson run) =>
        run.Verified == false || IsDoubled(run) || run.Errors.Values.Sum() > (run.Rate is null ? 0 : run.Overloaded);

    // Over HTTP an intermediary may send a request again, which is then another event; no other way may store an event twice.
    private static bool IsDoubled(BenchJson run) => run.Doubles > 0 && !run.Via.StartsWith("http", StringComparison.Ordinal);
}
