using System.Text;
using System.Text.Json;

namespace AllData.Tests.Support;

/// <summary>What an answer may be, and what it acknowledges.</summary>
internal static class FuzzOracle
{
    private const int TextShown = 400;

    // docs/reference/errors.md: which failures of the store are foreseen.
    private static readonly HashSet<(int Status, string Type)> Foreseen =
    [
        (500, "commit-level-not-reached"), (503, "overloaded"), (503, "not-enough-peers"), (503, "keys-unavailable"), (503, "not-enough-regions"),
        (504, "put-outcome-unknown"),
    ];

    /// <summary>Looks at an answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="request">What it answers, if that is known.</param>
    /// <param name="ledger">Takes what is acknowledged.</param>
    /// <returns>What must not have been, a sentence each.</returns>
    public static IEnumerable<string> Check(FuzzAnswer answer, FuzzRequest? request, FuzzLedger ledger)
    {
        if (answer.Status >= 500 && !IsForeseen(answer))
        {
            yield return $"{answer.Status}, which is not foreseen: {Shown(answer)}";
        }

        if (request is { IsValid: true } && answer.Status is >= 400 and not (503 or 429))
        {
            yield return $"a valid request was answered {Shown(answer)}";
        }

        foreach (var complaint in answer.Status is 200 or 201 ? Acknowledged(answer, request, ledger) : [])
        {
            yield return complaint;
        }
    }

    private static bool IsForeseen(FuzzAnswer answer)
    {
        if (answer.Status == 505)
        {
            // The server's own, for another version of HTTP.
            return answer.Body.Length == 0;
        }

        var problem = TryParse(answer.Body);
        var type = problem is { } p && p.TryGetProperty("type", out var said) ? said.GetString()!.Split(':')[^1] : "";
        return Foreseen.Contains((answer.Status, type))
            || (answer.Status == 503 && answer.Head.Contains("\nRetry-After:", StringComparison.OrdinalIgnoreCase))
            || (answer.Status == 503 && problem is { } health && health.TryGetProperty("ready", out _));
    }

    private static IEnumerable<string> Acknowledged(FuzzAnswer answer, FuzzRequest? request, FuzzLedger ledger)
    {
        if (!Encoding.ASCII.GetString(answer.Body, 0, Math.Min(answer.Body.Length, 200)).Contains("key", StringComparison.Ordinal))
        {
            yield break;
        }

        foreach (var line in LinesOf(answer.Body))
        {
            if (TryParse(line) is not { ValueKind: JsonValueKind.Object } receipt)
            {
                // The last line of an answer that was cut off.
                continue;
            }

            if (receipt.TryGetProperty("keys", out var keys))
            {
                keys.EnumerateArray().Select(static key => key.GetString()!).ToList().ForEach(ledger.Offer);
            }

            if (receipt.TryGetProperty("outcome", out _) && receipt.TryGetProperty("key", out var key)
                && Acknowledge(receipt, key.GetString()!, request, ledger) is { } complaint)
            {
                yield return complaint;
            }
        }
    }

    private static string? Acknowledge(JsonElement receipt, string key, FuzzRequest? request, FuzzLedger ledger)
    {
        var line = receipt.TryGetProperty("line", out var number) ? number.GetInt32() - 1 : 0;
        ledger.Offer(key);
        return ledger.Acknowledge(key, request?.Lines is { } lines && line < lines.Length ? lines[line] : null);
    }

    private static IEnumerable<ReadOnlyMemory<byte>> LinesOf(byte[] body)
    {
        for (var at = 0; at < body.Length;)
        {
            var end = Array.IndexOf(body, (byte)'\n', at);
            end = end < 0 ? body.Length : end;
            yield return body.AsMemory(at, end - at);
            at = end + 1;
        }
    }

    private static JsonElement? TryParse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(json.Span);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Shown(FuzzAnswer answer)
    {
        var text = $"{answer.Head.ReplaceLineEndings(" | ")} {Encoding.UTF8.GetString(answer.Body)}";
        return text.Length > TextShown ? text[..TextShown] : text;
    }
}
