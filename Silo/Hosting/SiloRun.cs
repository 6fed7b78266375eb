using System.Diagnostics;
using System.Net;
using AllData.Clustering;
using AllData.Configuration;
using AllData.Errors;
using AllData.Silo.Http;
using AllData.Silo.LocalCluster;
using AllData.Storage.Directories;
using Microsoft.Extensions.Options;

namespace AllData.Silo.Hosting;

/// <summary>Runs a silo from its start to its end, which is bounded.</summary>
internal sealed partial class SiloRun : IDisposable
{
    // Longer than the host's own bound for a stop, shorter than anybody's patience.
    private static readonly TimeSpan EndBound = TimeSpan.FromSeconds(20);

    private const string ShowStack = "ALLDATA_SHOW_STACK";

    private readonly WebApplication _app;
    private readonly TextWriter _errors;
    private readonly ILogger _logger;
    private Timer? _end;

    private SiloRun(WebApplication app, TextWriter errors)
    {
        _app = app;
        _errors = errors;
        _logger = app.Services.GetRequiredService<ILogger<SiloRun>>();
    }

    /// <summary>Runs a silo until it is told to stop (SIGINT, SIGTERM, or the end of its input when it watches that).</summary>
    /// <param name="settings">What it is started with.</param>
    /// <param name="parent">A stream that ends with whoever started this process; null when nobody is to be watched.</param>
    /// <param name="errors">Where it is said why it could not start.</param>
    /// <param name="configure">As in <see cref="SiloHost.Build"/>.</param>
    /// <returns>The exit code: 0 when it was stopped, 1 when it could not start.</returns>
    public static async Task<int> RunAsync(
        SiloSettings settings, Stream? parent, TextWriter errors, Action<WebApplicationBuilder>? configure = null)
    {
        SiloRun? run = null;
        try
        {
            await using var app = SiloHost.Build(settings, configure);
            run = new SiloRun(app, errors);
            return await run.RunAsync(parent);
        }
        catch (OptionsValidationException e)
        {
            e.Failures.Distinct().ToList().ForEach(errors.WriteLine);
            return 1;
        }
        catch (Exception e) when (e is PeerRefusedException or DataDirectoryException or ReplicaStoreException or ClusterDatabaseException)
        {
            // Their messages are for whoever starts the silo, and name the way out; a stack trace would bury them.
            errors.WriteLine(e.Message);
            return 1;
        }
        catch (Exception e) when (Environment.GetEnvironmentVariable(ShowStack) is not { Length: > 0 })
        {
            errors.WriteLine($"The silo could not start: {InOneLine(e)} Set {ShowStack}=1 in the environment to see where.");
            return 1;
        }
        finally
        {
            // After the silo has ended: a process that goes on is not to be ended for it.
            run?.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _end?.Dispose();

    // What was not foreseen; the innermost exception is mostly what has happened, the outer ones where.
    private static string InOneLine(Exception e) =>
        $"{e.GetBaseException().GetType().Name}: {e.GetBaseException().Message.ReplaceLineEndings(" ").TrimEnd('.')}.";

    private async Task<int> RunAsync(Stream? parent)
    {
        // Asked for here, so that what is wrong with them is said whatever else is in the way.
        _ = Options<AllDataOptions>();
        if (ConnectionBudget.ComplaintOf(DescriptorLimit.OfThisProcess()) is { } tooFew)
        {
            _errors.WriteLine(tooFew);
            return 1;
        }

        if (PortComplaints() is { Count: > 0 } complaints)
        {
            complaints.ForEach(_errors.WriteLine);
            _errors.WriteLine("End the other process, or choose another port, for example --AllData:Http:Port=9081.");
            return 1;
        }

        Watch(parent);
        try
        {
            await _app.StartAsync();
            SayStarted();
            await _app.WaitForShutdownAsync();
        }
        catch (OperationCanceledException) when (_app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Told to stop before it had started.
        }

        return 0;
    }

    private void SayStarted()
    {
        var store = Options<AllDataOptions>();
        var (peer, address, gatewayPort) = (store.Peer.Id, _app.Urls.First(), Options<SiloEndpointOptions>().GatewayPort);
        LogStarted(peer, address, gatewayPort, store.DataDirectory);
    }

    private void Watch(Stream? parent)
    {
        _app.Lifetime.ApplicationStopping.Register(BoundTheEnd);
        if (parent is not null)
        {
            ParentWatch.Begin(parent, () =>
            {
                LogInputEnded();
                _app.Lifetime.StopApplication();
            });
        }
    }

    // A stop that hangs, for example on a peer that does not answer, must not leave a process behind that holds the data directory.
    // Ending it is safe: what was acknowledged has been flushed.
    private void BoundTheEnd() => _end = new Timer(
        _ =>
        {
            LogStopHangs(EndBound.TotalSeconds);
            Process.GetCurrentProcess().Kill();
        },
        state: null, EndBound, Timeout.InfiniteTimeSpan);

    private List<string> PortComplaints()
    {
        var http = Options<EventHttpOptions>();
        var silo = Options<SiloEndpointOptions>();
        var peers = Options<AllDataOptions>().Peers.Http;
        return
        [
            .. PortCheck.Complaints(IPAddress.Parse(http.Address), [(http.Port, "HTTP, AllData:Http:Port")]),
            .. PortCheck.Complaints(
                IPAddress.Parse(silo.Address),
                [(silo.SiloPort, "AllData:Silo:SiloPort"), (silo.GatewayPort, "AllData:Silo:GatewayPort")]),
            .. PortCheck.Complaints(IPAddress.Parse(peers.Address), peers.Port is { } port ? [(port, "AllData:Peers:Http:Port")] : []),
        ];
    }

    private T Options<T>() where T : class => _app.Services.GetRequiredService<IOptions<T>>().Value;
}
