using System.CommandLine;
using AllData.Batching;
using AllData.Client.Connection;

namespace AllData.Client.Commands;

/// <summary>A command's connection to the cluster, with calls that are repeated as long as they may be. Disposing of it disconnects.</summary>
internal sealed class ClusterSession : IAsyncDisposable
{
    private readonly IClusterConnection _connection;

    private ClusterSession(IClusterConnection connection, ClientServices services)
    {
        _connection = connection;
        Rule = new RetryRule(services.Random);
        Caller = new RetryingCaller(Rule, services.Time);
    }

    public IGrainFactory Grains => _connection.Grains;

    /// <summary>When a call is repeated.</summary>
    public RetryRule Rule { get; }

    /// <summary>Repeats calls.</summary>
    public RetryingCaller Caller { get; }

    /// <summary>Connects to the cluster that the command line names.</summary>
    /// <exception cref="NoClusterException">No gateway answers within the bound.</exception>
    public static async Task<ClusterSession> OpenAsync(ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation) =>
        new(await services.Connector.ConnectAsync(global.GetAddress(parsed), cancellation), services);

    /// <summary>Calls a grain.</summary>
    /// <param name="call">Makes one attempt; takes a new grain each time, for its key chooses the gateway.</param>
    /// <param name="cancellation">Ends the waiting, not the call itself.</param>
    public Task<T> CallAsync<T>(Func<IGrainFactory, Task<T>> call, CancellationToken cancellation) => Caller.CallAsync(() => call(Grains), cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
