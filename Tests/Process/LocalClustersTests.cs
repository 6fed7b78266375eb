using System.Globalization;
using System.Net;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;

namespace AllData.Tests.Processes;

/// <summary>The three clusters of one store that the program starts on one machine.</summary>
[Collection(ClusterProcessTests.Name)]
public sealed class LocalClustersTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly int _basePort = FreePorts.ForProcesses(LocalClusterLayout.MaxPeers, LocalClusterLayout.MaxClusters);
    private HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };

    public void Dispose()
    {
        _http.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task An_event_of_one_cluster_is_read_in_another_and_puts_go_on_while_the_third_is_dead()
    {
        await using var program = SiloProgram.Start(
            "local-cluster", "--clusters", "3", "--data", _directory.Path, "--base-port", _basePort.ToString(CultureInfo.InvariantCulture));
        await program.PrintsAsync("3 clusters ready: north (north-a, north-b); west (west-c, west-d); east (east-e, east-f)");
        await program.PrintsAsync("Ctrl+C stops all of them.");

        var before = await PutAsync("north-a");
        Assert.Contains($"\"{before}\"", await ScanAsync("east-e"), StringComparison.Ordinal);
        Assert.Contains("\"complete\":true", await ScanAsync("east-e"), StringComparison.Ordinal);

        var explained = await Eventually.IsAsync(
            "waiting until the event has its copies", () => ExplainAsync("east-e", before),
            static text => text.Contains("3 of 3 copies.", StringComparison.Ordinal), TimeSpan.FromSeconds(60));
        Assert.Contains("6 of 6 storing peers answered.", explained, StringComparison.Ordinal);

        PidsOf(program, "west").ForEach(static pid => Signals.Send(pid, Signals.Kill));
        await program.PrintsAsync("west-d (pid");
        var after = await PutAsync("north-a");
        await Eventually.IsAsync(
            "waiting until east has the event that north took", () => ScanAsync("east-f"), scan => scan.Contains($"\"{after}\"", StringComparison.Ordinal),
            TimeSpan.FromSeconds(60));

        Signals.Send(program.Pid, Signals.Terminate);
        Assert.Equal(0, await program.EndsAsync());
    }

    [Fact]
    public async Task Secure_clusters_reach_each_other_with_their_certificates()
    {
        await using var program = SiloProgram.Start(
            "local-cluster", "--clusters", "3", "--secure", "--data", _directory.Path, "--base-port", _basePort.ToString(CultureInfo.InvariantCulture));
        await program.PrintsAsync("Ctrl+C stops all of them.");
        _http.Dispose();
        _http = CertifiedHttp.Create(Path.Combine(_directory.Path, "certs"), "admin");

        var put = await PutAsync("north-a", isSecure: true);
        await Eventually.IsAsync(
            "waiting until all clusters have answered", () => ScanAsync("east-e", isSecure: true),
            scan => scan.Contains($"\"{put}\"", StringComparison.Ordinal) && scan.Contains("\"complete\":true", StringComparison.Ordinal),
            TimeSpan.FromSeconds(60));

        Signals.Send(program.Pid, Signals.Terminate);
        Assert.Equal(0, await program.EndsAsync());
    }

    private static List<int> PidsOf(SiloProgram program, string region) =>
    [
        .. program.Lines.Select(static line => line.Split('\t')).Where(cells => cells.Length == 6 && cells[2] == region)
            .Select(static cells => int.Parse(cells[1], CultureInfo.InvariantCulture)),
    ];

    private async Task<string> PutAsync(string peer, bool isSecure = false)
    {
        using var answer = await _http.PostAsync(AddressOf(peer, isSecure), new StringContent("""{"foo":"bar"}"""));
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return answer.Headers.Location!.OriginalString.Split('/')[^1];
    }

    private Task<string> ScanAsync(string peer, bool isSecure = false) => _http.GetStringAsync(new Uri(AddressOf(peer, isSecure), "/events"));

    private Task<string> ExplainAsync(string peer, string key) => _http.GetStringAsync(new Uri(AddressOf(peer), $"/console/explain/{key}"));

    private Uri AddressOf(string peer, bool isSecure = false) =>
        LocalClusterLayout.Create(_directory.Path, _basePort, LocalClusterLayout.MaxPeers, 3, isSecure).Find(peer)!.HttpAddress;
}
