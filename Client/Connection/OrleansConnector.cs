using System.Collections.Immutable;
using System.Net;
using AllData.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace AllData.Client.Connection;

/// <summary>Connects an Orleans client with a fixed list of gateways.</summary>
internal sealed class OrleansConnector(TimeProvider time) : IClusterConnector
{
    private static readonly TimeSpan ProbeBound = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan GatewayRefresh = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async Task<IClusterConnection> ConnectAsync(ClusterAddress address, CancellationToken cancellation)
    {
        var gateways = await FindGatewaysAsync(address, cancellation);
        var host = Build(address, gateways);
        try
        {
            await StartAsync(host, address.ConnectTimeout, cancellation);
            var connection = new OrleansConnection(host, time);
            await StoreCheck.RunAsync(connection.Grains, gateways.Length, time, cancellation);
            return connection;
        }
        catch (UsageException)
        {
            await new OrleansConnection(host, time).DisposeAsync();
            throw;
        }
        catch (Exception e)
        {
            host.Dispose();
            cancellation.ThrowIfCancellationRequested();
            throw Unreachable(address, gateways, e);
        }
    }

    private async Task<ImmutableArray<IPEndPoint>> FindGatewaysAsync(ClusterAddress address, CancellationToken cancellation)
    {
        var named = address.Gateways.IsDefaultOrEmpty ? ClusterAddress.LocalGateways : address.Gateways;
        ImmutableArray<IPEndPoint> endpoints = [.. await Task.WhenAll(named.Select(gateway => gateway.ResolveAsync(cancellation)))];
        if (!address.Gateways.IsDefaultOrEmpty)
        {
            return endpoints;
        }

        var accepting = await GatewayProbe.FindAcceptingAsync(endpoints, ProbeBound, time, cancellation);
        return accepting.IsEmpty
            ? throw new NoClusterException(
                $"No gateway answers at {named[0]} to {named[^1].Port}. Start the local cluster"
                + " (dotnet run -c Release --project Silo -- local-cluster), or name a gateway of yours: with --gateway HOST:PORT, in ALLDATA_GATEWAYS,"
                + " or once with 'alldata context add NAME --gateway HOST:PORT'.")
            : accepting;
    }

    private IHost Build(ClusterAddress address, ImmutableArray<IPEndPoint> gateways)
    {
        ThrowIfUnusable(address.Tls);
        return BuildHost(address, gateways);
    }

    // Before Orleans reads them, under the names of its own options.
    private void ThrowIfUnusable(AllDataTlsOptions? tls)
    {
        try
        {
            if (tls is not null)
            {
                ClientCertificates.Read(tls, "--cert", "--ca", time).Own.Dispose();
            }
        }
        catch (FormatException e)
        {
            throw new UsageException(e.Message);
        }
    }

    private IHost BuildHost(ClusterAddress address, ImmutableArray<IPEndPoint> gateways) => new HostBuilder()
        .UseOrleansClient(client =>
        {
            client
                .UseStaticClustering([.. gateways])
                .UseConnectionRetryFilter(RetryAsync)
                .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (address.ClusterId, address.ServiceId))
                .Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = GatewayRefresh)
                .Configure<ClientMessagingOptions>(options => options.ResponseTimeout = address.ResponseTimeout);
            if (address.Tls is { } tls)
            {
                client.UseAllDataTls(tls);
            }
        })
        .ConfigureServices(services => services.AddSingleton<IHostLifetime, CommandLifetime>())
        .Build();

    private async Task<bool> RetryAsync(Exception failure, CancellationToken cancellation)
    {
        await Task.Delay(BetweenAttempts, time, cancellation);
        return true;
    }

    private async Task StartAsync(IHost host, TimeSpan bound, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(bound, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);

        // Waited for from outside as well: a gateway that accepts and then says nothing would hold the start beyond its token.
        await host.StartAsync(either.Token).WaitAsync(either.Token);
    }

    private static NoClusterException Unreachable(ClusterAddress address, ImmutableArray<IPEndPoint> gateways, Exception cause)
    {
        var reason = cause is OperationCanceledException ? "" : $" ({FailureText.SentenceOf(cause)})";
        return new NoClusterException(
            $"No connection to {string.Join(", ", gateways)} within {address.ConnectTimeout.TotalSeconds:0.#} s{reason}."
            + $" Check that a silo of cluster '{address.ClusterId}', service '{address.ServiceId}' has its gateway there"
            + " (--gateway, --cluster-id, --service-id), and "
            + (address.Tls is null ? "whether it needs a certificate (--cert, --cert-key, --ca)" : "what its log says of this command's certificate (--cert)")
            + ", or wait longer with --timeout SECONDS.",
            cause);
    }

    /// <summary>Ctrl+C belongs to the command, which drains first; the host's own lifetime would take the signal.</summary>
    private sealed class CommandLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class OrleansConnection(IHost host, TimeProvider time) : IClusterConnection
    {
        private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(2);

        public IGrainFactory Grains { get; } = host.Services.GetRequiredService<IClusterClient>();

        public async ValueTask DisposeAsync()
        {
            using var late = new CancellationTokenSource(StopBound, time);
            try
            {
                await host.StopAsync(late.Token).WaitAsync(late.Token);
                host.Dispose();
            }
            catch (OperationCanceledException)
            {
                // A gateway that hangs must not hold the command's exit; the process ends and takes its connections with it.
            }
        }
    }
}
