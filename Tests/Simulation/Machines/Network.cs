using AllData.Simulation.Links;
using AllData.Simulation.Running;

namespace AllData.Simulation.Machines;

/// <summary>How the network behaves now.</summary>
/// <param name="Loss">Share of messages that are lost, 0 to 1.</param>
/// <param name="Duplication">Share of messages that arrive twice.</param>
/// <param name="Delay">Longest delay of a message; the shortest is a fraction of a millisecond, so that messages overtake each other.</param>
internal sealed record Weather(double Loss, double Duplication, TimeSpan Delay)
{
    /// <summary>No fault.</summary>
    public static Weather Fair { get; } = new(0, 0, TimeSpan.FromMilliseconds(4));
}

/// <summary>No silo is there to answer.</summary>
internal sealed class UnreachableException(string message) : IOException(message);

/// <summary>Carries calls between machines: late, in another order, twice, or not at all.</summary>
/// <param name="timeline">When messages arrive.</param>
/// <param name="random">Which are lost, doubled and late.</param>
/// <param name="links">The ways between the clusters of the store.</param>
/// <param name="clusterOf">The cluster of a machine.</param>
internal sealed class Network(Timeline timeline, Random random, LinkMap links, Func<int, int> clusterOf)
{
    private readonly HashSet<(int, int)> _cut = [];

    /// <summary>How it behaves now.</summary>
    public Weather Weather { get; set; } = Weather.Fair;

    /// <summary>The ways between the clusters; none where the store has one.</summary>
    public LinkMap Links => links;

    /// <summary>Messages sent.</summary>
    public long Messages { get; private set; }

    /// <summary>Parts two machines from each other.</summary>
    public void Cut(int a, int b)
    {
        _cut.Add((a, b));
        _cut.Add((b, a));
    }

    /// <summary>Restores all connections.</summary>
    public void Mend() => _cut.Clear();

    /// <summary>The number under which a cluster's registry is reached.</summary>
    public static int RegistryOf(int cluster) => -1 - cluster;

    /// <summary>The number of a reader that follows, behind those of all registries.</summary>
    public static int ReaderOf(int reader) => -1_000 - reader;

    /// <summary>Calls another machine's silo. The answer may never come: bound the wait.</summary>
    /// <param name="caller">The calling silo.</param>
    /// <param name="other">The machine that is called.</param>
    /// <param name="handle">What the other does, in its own life.</param>
    public Task<T> CallAsync<T>(SimulatedSilo caller, Machine other, Func<SimulatedSilo, Task<T>> handle) =>
        CallAsync(caller.Machine.Number, caller.Life, other, handle);

    /// <summary>Calls a machine's silo from anywhere.</summary>
    /// <param name="from">The caller's number.</param>
    /// <param name="life">The calling process.</param>
    /// <param name="other">The machine that is called.</param>
    /// <param name="handle">What the other does, in its own life.</param>
    public Task<T> CallAsync<T>(int from, ProcessLife life, Machine other, Func<SimulatedSilo, Task<T>> handle)
    {
        var answer = new TaskCompletionSource<T>();
        var to = other.Number;
        Send(from, to, () =>
        {
            if (other.Silo is not { } silo)
            {
                Send(to, from, () => life.Run(() => answer.TrySetException(new UnreachableException($"No silo hosts {other.Id}."))));
                return;
            }

            silo.Life.Start(async () =>
            {
                var answered = await TryHandleAsync(silo, handle);
                Send(to, from, () => life.Run(() => answered(answer)));
            });
        });
        return answer.Task;
    }

    /// <summary>Sends a message.</summary>
    public void Send(int from, int to, Action arrive)
    {
        Messages++;
        if (from == to)
        {
            timeline.Soon(arrive);
            return;
        }

        if (_cut.Contains((from, to)) || random.NextDouble() < Weather.Loss)
        {
            return;
        }

        if (LinkBetween(from, to) is { } link)
        {
            timeline.After(Delay(), () => link.Carry(arrive));
            return;
        }

        timeline.After(Delay(), arrive);
        if (random.NextDouble() < Weather.Duplication)
        {
            timeline.After(Delay(), arrive);
        }
    }

    private static async Task<Action<TaskCompletionSource<T>>> TryHandleAsync<T>(SimulatedSilo silo, Func<SimulatedSilo, Task<T>> handle)
    {
        try
        {
            var result = await handle(silo);
            return answer => answer.TrySetResult(result);
        }
        catch (Exception e) when (e is not SimulationFailure)
        {
            return answer => answer.TrySetException(e);
        }
    }

    // A registry talks to the silos of its own cluster only.
    private SimulatedLink? LinkBetween(int from, int to) =>
        links.Clusters == 1 || from < 0 || to < 0 ? null : links.Between(clusterOf(from), clusterOf(to));

    private TimeSpan Delay() => TimeSpan.FromTicks(2_000 + random.NextInt64(Weather.Delay.Ticks));
}
