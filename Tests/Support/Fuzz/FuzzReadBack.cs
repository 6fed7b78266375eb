using System.Net;
using System.Text;
using System.Text.Json;

namespace AllData.Tests.Support;

/// <summary>Reads everything back that was acknowledged, by a scan and by key, and looks at all else that is there.</summary>
/// <param name="client">Of one silo.</param>
/// <param name="ledger">What was acknowledged.</param>
internal sealed class FuzzReadBack(HttpClient client, FuzzLedger ledger)
{
    private const int ReadsAtOnce = 16;
    private const int KeyAt = 8;
    private const int KeyLength = 27;
    private const int EventAt = 45;
    private const int MostComplaints = 50;

    private readonly Dictionary<string, UInt128> _scanned = new(StringComparer.Ordinal);
    private readonly List<string> _complaints = [];

    /// <summary>Events that the scan had.</summary>
    public int Scanned => _scanned.Count;

    /// <summary>Reads.</summary>
    /// <returns>What is missing or different.</returns>
    public async Task<IReadOnlyList<string>> CheckAsync()
    {
        await ScanAsync();
        foreach (var (key, kept) in ledger.Acknowledged)
        {
            if (!_scanned.TryGetValue(key, out var line))
            {
                Complain($"{key} was acknowledged, and the scan does not have it");
            }
            else if (kept.IsKnown && kept.OfLine != line)
            {
                Complain($"{key} has other bytes in the scan than were acknowledged");
            }
        }

        await Parallel.ForEachAsync(
            ledger.Acknowledged, new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce }, async (one, stop) => await GetAsync(one.Key, one.Value, stop));
        return _complaints;
    }

    private async Task ScanAsync()
    {
        using var answer = await client.GetAsync(new Uri("/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(), Encoding.UTF8);
        var isEnded = false;
        while (await lines.ReadLineAsync() is { } text)
        {
            isEnded |= text.StartsWith("{\"end\":", StringComparison.Ordinal);
            if (isEnded)
            {
                var end = JsonSerializer.Deserialize<JsonElement>(text).GetProperty("end");
                if (!end.GetProperty("complete").GetBoolean())
                {
                    Complain($"the scan is not complete: {text}");
                }
            }
            else
            {
                Take(text);
            }
        }

        if (!isEnded)
        {
            Complain("the scan has no end");
        }
    }

    // {"key":"…","event":…}
    private void Take(string text)
    {
        var key = text.Substring(KeyAt, KeyLength);
        var payload = Encoding.UTF8.GetBytes(text[EventAt..^1]);
        if (!text.AsSpan(KeyAt + KeyLength).StartsWith("\",\"event\":") || FuzzLedger.WhyNotJson(payload) is not null)
        {
            Complain($"{key} is stored though it is not JSON, or in conflict: {text[..Math.Min(text.Length, 300)]}");
        }

        _scanned[key] = FuzzLedger.Kept.DigestOf(payload);
    }

    private async Task GetAsync(string key, FuzzLedger.Kept kept, CancellationToken stop)
    {
        using var answer = await client.GetAsync(new Uri($"/events/{key}", UriKind.Relative), stop);
        var bytes = await answer.Content.ReadAsByteArrayAsync(stop);
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            Complain($"{key} was acknowledged, and reading it is answered {(int)answer.StatusCode}: {Encoding.UTF8.GetString(bytes)}");
        }
        else if (kept.IsKnown && FuzzLedger.Kept.DigestOf(bytes) != kept.Exact)
        {
            Complain($"{key} has other bytes than were acknowledged");
        }
    }

    private void Complain(string reason)
    {
        lock (_complaints)
        {
            if (_complaints.Count < MostComplaints)
            {
                _complaints.Add(reason);
            }
        }
    }
}
