using System.Collections.Concurrent;
using System.Net;
using AllData.Silo.Hosting;
using AllData.Silo.LocalCluster;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace AllData.Benchmarks;

/// <summary>
/// A silo whose connections to other silos can be cut: while the file <see cref="FileOf"/> names a region, connections between silos within it
/// and silos beyond it are broken, and new ones fail. Clients reach all of them.
/// </summary>
internal sealed class CutOffSilo
{
    /// <summary>The command of such a silo; the silo program's arguments follow.</summary>
    public const string Command = "silo-that-can-be-cut-off";

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<ConnectionContext, byte> _open = new();
    private readonly LocalClusterLayout _layout;
    private readonly LocalClusterPeer _self;
    private readonly Timer _timer;

    private CutOffSilo(LocalClusterLayout layout, LocalClusterPeer self)
    {
        (_layout, _self) = (layout, self);
        _timer = new Timer(_ => BreakAcross(), null, Look, Look);
    }

    /// <summary>The file that names the region that is cut off.</summary>
    public static string FileOf(LocalClusterLayout layout) => Path.Combine(layout.Data, "cut-off");

    /// <summary>Runs a peer of a local cluster so.</summary>
    public static async Task<int> RunAsync(string peer, string data, string basePort, string peers, string[] settings)
    {
        var layout = LocalClusterLayout.Create(data, int.Parse(basePort), int.Parse(peers));
        var self = layout.Find(peer)!;
        var cut = new CutOffSilo(layout, self);
        await using var timer = cut._timer;
        var silo = new SiloSettings(layout.Defaults, layout.IdentityOf(self), [.. settings]);
        return await SiloRun.RunAsync(silo, Console.OpenStandardInput(), Console.Error, builder =>
            builder.Services.Configure<SiloConnectionOptions>(options => options.ConfigureSiloOutboundConnection(connection => connection.Use(cut.Guard))));
    }

    private ConnectionDelegate Guard(ConnectionDelegate next) => async connection =>
    {
        _open[connection] = 0;
        try
        {
            if (IsAcross(connection, Region()))
            {
                throw new ConnectionAbortedException("The line is cut.");
            }

            await next(connection);
        }
        finally
        {
            _open.TryRemove(connection, out _);
        }
    };

    // Those that others have opened to this silo are broken by the others.
    private void BreakAcross()
    {
        var region = Region();
        foreach (var connection in _open.Keys.Where(connection => IsAcross(connection, region)))
        {
            connection.Abort(new ConnectionAbortedException("The line is cut."));
        }
    }

    private bool IsAcross(ConnectionContext connection, string? region) => region is not null
        && connection.RemoteEndPoint is IPEndPoint remote
        && _layout.Peers.FirstOrDefault(peer => peer.SiloPort == remote.Port) is { } other
        && (other.Location.Region == region) != (_self.Location.Region == region);

    private string? Region()
    {
        try
        {
            return File.ReadAllText(FileOf(_layout));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
