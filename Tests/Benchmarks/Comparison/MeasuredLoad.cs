using AllData.Client.Bench;

namespace AllData.Benchmarks;

/// <summary>One way of putting, and its rates so far.</summary>
/// <param name="name">What it is called.</param>
/// <param name="inFlight">Requests in flight.</param>
/// <param name="goal">The smallest ratio to the store that it is compared with.</param>
/// <param name="ways">Connections or clients, used in turn.</param>
internal sealed class MeasuredLoad(string name, int inFlight, double goal, ILoad[] ways)
{
    private const int EventBytes = 200;

    /// <summary>What it is called.</summary>
    public string Name => name;

    /// <summary>The smallest ratio to the store that it is compared with.</summary>
    public double Goal => goal;

    /// <summary>Connections or clients, used in turn.</summary>
    public IReadOnlyList<ILoad> Ways => ways;

    /// <summary>Events a second, run after run.</summary>
    public List<double> Rates { get; } = [];

    /// <summary>Events that were not acknowledged.</summary>
    public long Failed { get; private set; }

    /// <summary>The median of <see cref="Rates"/>.</summary>
    public double Median => Rates.Order().ElementAt(Rates.Count / 2);

    /// <summary>Puts for a while.</summary>
    /// <returns>Events acknowledged in a second.</returns>
    public async Task<double> RunAsync(TimeSpan length)
    {
        var record = new RunRecord(new NumberedEvents(EventBytes, new Random(1)));
        var began = TimeProvider.System.GetTimestamp();
        await new ClosedLoop(ways, record, TimeProvider.System).RunAsync(inFlight, length, CancellationToken.None);
        Failed += record.Errors.Values.Sum();
        return record.Acknowledged / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    }
}
