using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using AllData.Silo.LocalCluster;

namespace AllData.Benchmarks;

/// <summary>The answer to a put that demands two regions.</summary>
/// <param name="Cluster">The cluster that it was put into.</param>
/// <param name="Status">HTTP status; 0: no answer.</param>
/// <param name="Problem">The type of the problem; empty where it is stored.</param>
/// <param name="Written">What is known of the event; empty where it is stored.</param>
/// <param name="RegionsHeld">Regions that held it at the answer; 0 where it is not stored.</param>
/// <param name="Milliseconds">How long the answer took.</param>
internal sealed record DemandAnswer(string Cluster, int Status, string Problem, string Written, int RegionsHeld, double Milliseconds)
{
    /// <summary>Whether it was stored in two regions.</summary>
    public bool IsStored => Status == 201 && RegionsHeld >= 2;

    /// <summary>Whether it was refused at once, with nothing written.</summary>
    public bool IsRefused => Status == 503 && Problem.EndsWith(":not-enough-regions", StringComparison.Ordinal) && Written == "nothing";

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Cluster}: {Status} {Problem} {Written}{(RegionsHeld > 0 ? $"in {RegionsHeld} regions" : "")}, {Milliseconds:0.0} ms");
}

/// <summary>Puts that demand two regions, over HTTP, one after the other.</summary>
internal sealed class DemandProbe(LocalClusterLayout layout) : IDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>Puts through every silo.</summary>
    /// <param name="times">How often through each.</param>
    public async Task<IReadOnlyList<DemandAnswer>> AskAsync(int times)
    {
        var answers = new List<DemandAnswer>();
        for (var i = 0; i < times; i++)
        {
            foreach (var peer in layout.Peers)
            {
                answers.Add(await AskAsync(peer));
            }
        }

        return answers;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<DemandAnswer> AskAsync(LocalClusterPeer peer)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            using var body = new StringContent("""{"demands":2}""", Encoding.UTF8, "application/json");
            using var answer = await _http.PostAsync(new Uri(peer.HttpAddress, "/?minRegions=2"), body);
            var text = await answer.Content.ReadAsStringAsync();
            var took = watch.Elapsed.TotalMilliseconds;
            using var json = JsonDocument.Parse(text);
            var held = json.RootElement.TryGetProperty("regions", out var regions) ? regions.GetProperty("held").GetInt32() : 0;
            return new DemandAnswer(peer.Cluster!, (int)answer.StatusCode, TextOf(json, "type"), TextOf(json, "written"), held, took);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or OperationCanceledException)
        {
            return new DemandAnswer(peer.Cluster!, 0, e.Message, "", 0, watch.Elapsed.TotalMilliseconds);
        }
    }

    private static string TextOf(JsonDocument json, string name) => json.RootElement.TryGetProperty(name, out var text) ? text.GetString() ?? "" : "";
}
