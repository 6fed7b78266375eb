using AllData.Client.Bench;
using AllData.Client.Connection;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>A store under measurement, the ways of putting into it, and what they hold open.</summary>
/// <param name="name">What it is called.</param>
/// <param name="loads">The ways of putting.</param>
/// <param name="held">Clients, then the connections that they use.</param>
/// <param name="silos">Its silos, where no other store under measurement is in them.</param>
internal sealed class MeasuredStore(
    string name, IReadOnlyList<MeasuredLoad> loads, IReadOnlyList<IAsyncDisposable> held, IReadOnlyCollection<SiloProcess>? silos = null) : IAsyncDisposable
{
    /// <summary>Events of a put by the <see cref="Batches"/>.</summary>
    public const int Batch = 64;

    /// <summary>Lines of a request to <c>/events</c>.</summary>
    public const int Lines = 1_000;

    /// <summary>What it is called.</summary>
    public string Name => name;

    /// <summary>The ways of putting into it.</summary>
    public IReadOnlyList<MeasuredLoad> Loads => loads;

    /// <summary>Applications' clients on some connections.</summary>
    /// <param name="connections">The connections.</param>
    /// <param name="optionsOf">What the puts of the client on one of them ask for; null: nothing.</param>
    public static List<ClientWay> Clients(IEnumerable<IClusterConnection> connections, Func<int, PutOptions?>? optionsOf = null) =>
        [.. connections.Select((connection, i) => new ClientWay(connection.Grains, optionsOf?.Invoke(i), TimeProvider.System))];

    /// <summary>Single puts through applications' clients.</summary>
    public static PutLoad[] Singles(IEnumerable<ClientWay> clients) => [.. clients.Select(static client => new PutLoad(client, 1))];

    /// <summary>Batches through some connections.</summary>
    /// <param name="connections">The connections.</param>
    /// <param name="optionsOf">What the puts through one of them ask for; null: nothing.</param>
    public static PutLoad[] Batches(IEnumerable<IClusterConnection> connections, Func<int, PutOptions?>? optionsOf = null) =>
        [.. connections.Select((connection, i) => new PutLoad(new GrainWay(connection.Grains, optionsOf?.Invoke(i)), Batch))];

    /// <summary>Stops its silos where they are: what they do while they have nothing to do takes from the store that is measured.</summary>
    public void Pause()
    {
        foreach (var silo in silos ?? [])
        {
            silo.Pause();
        }
    }

    /// <summary>Lets its silos go on.</summary>
    public void Continue()
    {
        foreach (var silo in silos ?? [])
        {
            silo.Continue();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var way in loads.SelectMany(static load => load.Ways).OfType<IDisposable>())
        {
            way.Dispose();
        }

        foreach (var one in held)
        {
            await one.DisposeAsync();
        }
    }
}
