using System.Diagnostics;
using System.Net;
using AllData.Clustering;
using AllData.Configuration;
using AllData.Encryption;
using AllData.Errors;
using AllData.Security;
using AllData.Silo.Http;
using AllData.Silo.LocalCluster;
using AllData.Silo.Security;
using AllData.Storage.Directories;
using Microsoft.Extensions.Options;

namespace AllData.Silo.Hosting;

/// <summary>Runs a silo from its start to its end, which is bounded.</summary>
internal sealed partial class SiloRun : IDisposable
{
    // Longer than the host's own bound for a stop, short enough for a person to wait.
    private static readonly TimeSpan EndBound = TimeSpan.FromSeconds(20);

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

    /// <summary>Runs a silo until it is stopped (SIGINT, SIGTERM, or the end of its input if it watches that).</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="parent">A stream that ends with the process that started this one; null if none is watched.</param>
    /// <param name="errors">Receives the reason why it could not start.</param>
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
            // These messages are for the person who starts the silo, and name the way out; a stack trace would bury them.
            errors.WriteLine(e.Message);
            return 1;
        }
        catch (Exception e) when (!ForeseenFailure.IsStackWanted)
        {
            errors.WriteLine($"The silo could not start: {InOneLine(e)} Set {ForeseenFailure.ShowStack}=1 in the environment to see where.");
            return 1;
        }
        finally
        {
            // After the silo has ended: while the process continues, it must not be ended for this.
            run?.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _end?.Dispose();

    // An unexpected failure: the innermost exception usually says what happened, the outer ones where.
    private static string InOneLine(Exception e) =>
        $"{e.GetBaseException().GetType().Name}: {e.GetBaseException().Message.ReplaceLineEndings(" ").TrimEnd('.')}.";

    private async Task<int> RunAsync(Stream? parent)
    {
        // Read here, so that a fault in them is reported whatever else is wrong.
        _ = Options<AllDataOptions>();
        if (ConnectionBudget.ComplaintOf(DescriptorLimit.OfThisProcess()) is { } tooFew)
        {
            _errors.WriteLine(tooFew);
            return 1;
        }

        if (ListenCheck.ComplaintOf(Options<AllDataOptions>().Security, WantedPorts()) is { } open)
        {
            _errors.WriteLine(open);
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
            Audit("start");
            await _app.WaitForShutdownAsync();
            Audit("stop");
        }
        catch (OperationCanceledException) when (_app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // It was stopped before it had started.
        }

        return 0;
    }

    private void Audit(string action)
    {
        if (Options<AllDataOptions>().Security.IsSecure)
        {
            _app.Services.GetRequiredService<AuditLog>().Write(new AuditEntry(action, AuditEntry.Done, Target: Options<AllDataOptions>().Peer.Id));
        }
    }

    private void SayStarted()
    {
        var store = Options<AllDataOptions>();
        var (peer, address, gatewayPort) = (store.Peer.Id, _app.Urls.First(), Options<SiloEndpointOptions>().GatewayPort);
        LogStarted(peer, address, gatewayPort, store.DataDirectory);
        SayWhetherEncrypted(_app.Services.GetRequiredService<IPayloadKeyProvider>());
        if (ListenCheck.WarningOf(WantedPorts()) is { } warning)
        {
            LogOpen(warning);
        }
    }

    private void SayWhetherEncrypted(IPayloadKeyProvider keys)
    {
        if (keys.Newest is { } newest)
        {
            LogEncrypted(newest.Id);
        }
        else if (!keys.All.IsDefaultOrEmpty)
        {
            LogNotEncrypted();
        }
    }

    private void Watch(Stream? parent)
    {
        // Kept: the parent may end after a start has failed, when the host has been disposed of.
        var lifetime = _app.Lifetime;
        lifetime.ApplicationStopping.Register(BoundTheEnd);
        if (parent is not null)
        {
            ParentWatch.Begin(parent, () =>
            {
                LogInputEnded();
                lifetime.StopApplication();
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

    private List<WantedPort> WantedPorts()
    {
        var (http, silo, store) = (Options<EventHttpOptions>(), Options<SiloEndpointOptions>(), Options<AllDataOptions>());
        var isSecure = store.Security.IsSecure;
        List<WantedPort> ports =
        [
            new("AllData:Http:Address", IPAddress.Parse(http.Address), isSecure), new("AllData:Silo:Address", IPAddress.Parse(silo.Address), isSecure),
        ];
        if (store.Peers.Http.Port is not null)
        {
            ports.Add(new("AllData:Peers:Http:Address", IPAddress.Parse(store.Peers.Http.Address), store.Peers.Http.CertificateFile.Length > 0));
        }

        if (store.Peers.Original.Port is not null)
        {
            ports.Add(new("AllData:Peers:Original:Address", IPAddress.Parse(store.Peers.Original.Address), IsSecured: false));
        }

        return ports;
    }

    private List<string> PortComplaints()
    {
        var http = Options<EventHttpOptions>();
        var silo = Options<SiloEndpointOptions>();
        var peers = Options<AllDataOptions>().Peers.Http;
        var originals = Options<AllDataOptions>().Peers.Original;
        return
        [
            .. PortCheck.Complaints(IPAddress.Parse(http.Address), [(http.Port, "HTTP, AllData:Http:Port")]),
            .. PortCheck.Complaints(IPAddress.Parse(http.Address), http.HealthPort is { } health ? [(health, "AllData:Http:HealthPort")] : []),
            .. PortCheck.Complaints(
                IPAddress.Parse(silo.Address),
                [(silo.SiloPort, "AllData:Silo:SiloPort"), (silo.GatewayPort, "AllData:Silo:GatewayPort")]),
            .. PortCheck.Complaints(IPAddress.Parse(peers.Address), peers.Port is { } port ? [(port, "AllData:Peers:Http:Port")] : []),
            .. PortCheck.Complaints(
                IPAddress.Parse(originals.Address), originals.Port is { } original ? [(original, "AllData:Peers:Original:Port")] : []),
        ];
    }

    private T Options<T>() where T : class => _app.Services.GetRequiredService<IOptions<T>>().Value;
}
