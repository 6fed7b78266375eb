using System.Globalization;
using System.Text;

namespace AllData.Tests.Support;

/// <summary>
/// The generators: each makes a case out of a seeded choice. What they vary is what a server has to take apart: request lines, headers, framing, codings,
/// lines, queries, keys and JSON.
/// </summary>
/// <param name="make">Bytes.</param>
/// <param name="ledger">Keys that are known.</param>
internal sealed class FuzzCases(FuzzBytes make, FuzzLedger ledger)
{
    private const string Ndjson = "Content-Type: application/x-ndjson\r\n";

    private static readonly byte[] Mark = [0xEF, 0xBB, 0xBF];

    private static readonly string[] Levels = ["one", "quorum", "all", "local", "ALL", "two", "", "%00", "1"];

    private Random Random => make.Random;

    /// <summary>The next case.</summary>
    public FuzzCase Next() => Random.Next(16) switch
    {
        0 or 1 => Whole("valid", Valid()),
        2 => Whole("json", BrokenEvent()),
        3 => Wild("request line", RequestLine()),
        4 => Wild("headers", Headers()),
        5 => Whole("chunked", Chunked()),
        6 => Wild("chunk framing", BrokenChunks()),
        7 or 8 => Whole("lines", Lines()),
        9 => Whole("coded", Coded()),
        10 => Whole("query", Query()),
        11 => Whole("keys", Keys()),
        12 => Pipeline(),
        13 => Wild("binary", Binary()),
        14 => Partial(),
        _ => Whole("repeated", Repeated()),
    };

    private static FuzzCase Whole(string kind, FuzzRequest request) => new(kind, request.Bytes, request);

    private static FuzzCase Wild(string kind, byte[] bytes) => new(kind, bytes);

    private FuzzRequest Valid()
    {
        var (json, method) = (make.Json(), make.Pick("GET", "HEAD"));
        return Random.Next(9) switch
        {
            0 => new FuzzRequest(make.Request("GET", "/health/live")) { IsValid = true },
            1 => new FuzzRequest(make.Request("POST", $"/keys?count={Random.Next(1, 5)}")),
            2 => new FuzzRequest(make.Request("GET", $"/events?limit={Random.Next(1, 50)}")),
            3 => new FuzzRequest(make.Request(method, KeyPath()), method == "HEAD"),
            4 => new FuzzRequest(make.Request("PUT", KeyPath(), json)) { Lines = [json] },
            _ => new FuzzRequest(make.Request("POST", "/", json)) { Lines = [json], IsValid = true },
        };
    }

    private string KeyPath() => "/events/" + (ledger.AnyKey(Random) ?? "20260102T030405006000100000");

    private FuzzRequest BrokenEvent()
    {
        var body = make.BrokenJson();
        return make.Once(4)
            ? new FuzzRequest(make.Request("PUT", KeyPath(), body)) { Lines = [body] }
            : new FuzzRequest(make.Request("POST", "/", body)) { Lines = [body] };
    }

    private byte[] RequestLine()
    {
        var method = make.Pick("GET", "POST", "PUT", "HEAD", "get", "TRACE", "CONNECT", "OPTIONS", "PATCH", "DELETE", "G ET", "", "POST\0", "PRI", "ÄÖ");
        var target = make.Pick(
            "/", "/events", "/keys", "/health/ready", "*", "//", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/events/%00", "/events/%c0%af", "/%",
            "/%zz", "http://localhost/events", "http://evil.example/", "localhost:80", "/ events", "/events#x", "/ÿþ",
            "/" + new string('a', Random.Next(20_000)),
            "/events/" + new string('9', 5_000), "/?" + string.Join('&', Enumerable.Range(0, 2_000)), "");
        var version = make.Pick("HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/3.7", "HTTP/1.", "http/1.1", "HTTP/1.1 ", "", "XYZ");
        var end = make.Pick("\r\n", "\r\n", "\n", "\r", "\r\r\n", "");
        return [.. Encoding.Latin1.GetBytes($"{method}{make.Pick(" ", " ", "  ", "\t", "")}{target} {version}{end}{make.Head}\r\n")];
    }

    private byte[] Headers()
    {
        var body = make.Json();
        var length = make.Pick(
            $"Content-Length: {body.Length}\r\n", $"Content-Length: {body.Length}\r\nContent-Length: {body.Length + 1}\r\n", "Content-Length: -1\r\n",
            $"Content-Length: +{body.Length}\r\n", "Content-Length: 99999999999999999999\r\n", $"Content-Length: {body.Length - 1}\r\n",
            $"Content-Length : {body.Length}\r\n", $"Content-Length: {body.Length}\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: identity\r\n",
            "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: chunked, chunked\r\n",
            "Transfer-Encoding:\u000bchunked\r\n", "");
        var more = make.Pick(
            "", "Host: evil.example\r\n", "Origin: https://evil.example\r\n", "Sec-Fetch-Site: cross-site\r\n", "Expect: 100-continue\r\n", "Expect: x\r\n",
            "Content-Type: text/html\r\n", "Content-Type: \0\r\n", "Content-Encoding: gzip\r\n", "Content-Encoding: br, gzip\r\n", "Upgrade: h2c\r\n",
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n", "X: a\r\n b\r\n", "X\0: a\r\n",
            ": a\r\n", "X\r\n", "X: \x80\xff\r\n", "X: a\nY: b\r\n", $"X: {new string('a', Random.Next(40_000))}\r\n",
            string.Concat(Enumerable.Repeat("X: y\r\n", Random.Next(200))),
            "Authorization: Bearer \0\r\n", $"Authorization: Bearer {new string('b', 9_000)}\r\n", "Idempotency-Key: \r\n", "Idempotency-Key: ä\r\n",
            $"Idempotency-Key: {new string('k', 256)}\r\n", "Range: bytes=0-1\r\n", "If-Match: *\r\n", "Trailer: X\r\n", "TE: trailers\r\n",
            $"X-Http-Method-Override: DELETE\r\nCookie: {new string('c', 100)}\r\n");
        var head = make.Once(12) ? "" : make.Once(20) ? make.Head + make.Head : make.Head;
        return [.. Encoding.Latin1.GetBytes($"POST {make.Pick("/", "/events", "/events?receipts=true")} HTTP/1.1\r\n{head}{length}{more}\r\n"), .. body];
    }

    private FuzzRequest Chunked()
    {
        var json = make.Json();
        return make.Once(2)
            ? new FuzzRequest(make.ChunkedRequest("POST", "/", json)) { Lines = [json], IsValid = true }
            : Stream(static (m, headers, body) => m.ChunkedRequest("POST", "/events?receipts=true", body, headers), "", isGarbled: false);
    }

    private byte[] BrokenChunks()
    {
        var size = make.Pick(
            "FFFFFFFFF", "ffffffffffffffff", "7fffffff", "80000000", "100000000", "-1", "0x3", "", " 3", "3 ", "3;", $"3;{new string('x', 20_000)}", "3;\n",
            "g",
            "00000000000000000003", "3\r", "٣");
        var data = make.Pick("{}\n\r\n", "{}\n", "{}\n\n", "{}\n\r\n0\r\n", "");
        var rest = make.Pick("0\r\n\r\n", "0\r\n", "0\r\nContent-Length: 5\r\n\r\n",
            $"0\r\nX: {new string('t', 40_000)}\r\n\r\n", "00\r\n\r\n", "-0\r\n\r\n", "");
        var target = make.Pick("/", "/events", "/events?receipts=true", KeyPath());
        return
        [
            .. Encoding.Latin1.GetBytes($"{(target.StartsWith("/events/", StringComparison.Ordinal) ? "PUT" : "POST")} {target} HTTP/1.1\r\n{make.Head}"),
            .. "Transfer-Encoding: chunked\r\n\r\n"u8, .. Encoding.UTF8.GetBytes(size + make.Pick("\r\n", "\r\n", "\n") + data + rest),
        ];
    }

    private FuzzRequest Lines() => Stream(
        static (m, headers, body) => m.Request("POST", m.Once(5) ? "/events" : "/events?receipts=true", body, headers),
        make.Pick(Ndjson, "", "Content-Type: text/plain\r\n"),
        isGarbled: make.Once(2));

    private FuzzRequest Stream(Func<FuzzBytes, string, byte[], byte[]> request, string headers, bool isGarbled)
    {
        var lines = Enumerable.Range(0, Random.Next(1, 30)).Select(_ => isGarbled && make.Once(3) ? GarbledLine() : make.Json(isLine: true)).ToArray();
        var body = make.Joined(lines);
        if (make.Once(40))
        {
            body = [.. Mark, .. body];
        }
        else if (lines[0].AsSpan().StartsWith(Mark))
        {
            // As at the start of a file: it is not the first event's.
            lines[0] = lines[0][Mark.Length..];
        }

        return new FuzzRequest(request(make, headers, body)) { Lines = lines };
    }

    private byte[] GarbledLine()
    {
        var line = make.Once(30) ? [(byte)'"', .. Enumerable.Repeat((byte)'x', 1_048_576 + Random.Next(4)), (byte)'"']
            : make.Once(3) ? [] : make.Once(3) ? make.Noise(Random.Next(60)) : make.Mutated(make.Json(isLine: true), 2);

        // It must stay one line, and keep what belongs to it.
        return [.. line.Where(static b => b is not ((byte)'\n' or (byte)'\r'))];
    }

    private FuzzRequest Coded()
    {
        var isBrotli = make.Once(2);
        var lines = Enumerable.Range(0, Random.Next(1, 200)).Select(_ => make.Json(isLine: true)).ToArray();
        var whole = FuzzBytes.Compressed(make.Joined(lines), isBrotli);
        var label = isBrotli ? "br" : "gzip";
        const string target = "/events?receipts=true";
        return Random.Next(8) switch
        {
            0 or 1 => new FuzzRequest(make.Request("POST", target, whole, $"{Ndjson}Content-Encoding: {label}\r\n")) { Lines = lines },
            2 => Unknown(whole[..Random.Next(whole.Length)], label),
            3 => Unknown(make.Mutated(whole, Random.Next(1, 3)), label),
            4 => Unknown(whole, make.Pick(isBrotli ? "gzip" : "br", "deflate", "identity", "zstd", "gzip, br", "")),
            5 => Unknown([.. whole, .. make.Noise(Random.Next(1, 40))], label),
            6 => Unknown([.. whole, .. whole], label),
            _ => Unknown(make.Once(2) ? make.Noise(Random.Next(200)) : FuzzBytes.Compressed(new byte[Random.Next(1, 3 << 20)], isBrotli), label),
        };

        FuzzRequest Unknown(byte[] body, string coding) => new(make.Request("POST", target, body, $"{Ndjson}Content-Encoding: {coding}\r\n"));
    }

    private FuzzRequest Query()
    {
        var json = make.Json();
        return Random.Next(3) switch
        {
            0 => new FuzzRequest(make.Request("GET", "/events?" + string.Join('&', Enumerable.Range(0, Random.Next(1, 5)).Select(_ => ScanParameter())))),
            1 => new FuzzRequest(make.Request("POST", $"/?{PutParameters()}", json)) { Lines = [json] },
            _ => new FuzzRequest(make.Request("POST", $"/keys?count={make.Pick("0", "-1", "1", "1001", "99999999999", "x", "", "1&count=2", "%31")}")),
        };
    }

    private string ScanParameter() => make.Pick("from", "to", "after", "limit", "scope", "x", "") + make.Pick("=", "=", "") + make.Pick(
        "20260102", "2026-01-02T03:04Z", "2026-01-02T03:04:05+01:00", "99991231", "0", "-1", "5", "9223372036854775808", "store", "cluster", "%00", "%ff", "ä",
        "20260102T030405006000100000", new string('7', 3_000));

    private string PutParameters() => string.Join('&', Enumerable.Range(0, Random.Next(1, 4)).Select(_ => make.Pick(
        $"level={make.Pick(Levels)}", $"else={make.Pick(Levels)}", $"minZones={make.Pick("0", "1", "2", "16", "-1", "x", "2147483648")}",
        $"minRegions={make.Pick("1", "3", "", "1e1")}",
        $"deadline={make.Pick("1", "0.5", "0", "-1", "NaN", "Infinity", "25", "1e9", "1,5", "")}", "x=y", "level")));

    private FuzzRequest Keys()
    {
        var known = ledger.AnyKey(Random) ?? "20260102T030405006000100000";
        var key = make.Pick(
            known, known, known.ToLowerInvariant(), known[..26], known + "0", "20260102T030405006000100000", "99991231T235959999999999999",
            "00000000T000000000000000000", "20260230T030405006000100000", "20260102T030405006000000000", "20260102T030405006１00100000", "..%2f..%2fetc",
            "%00", "%20", "a%2fb", "20260102%54030405006000100000", "19700101T000000000000100000",
            string.Create(CultureInfo.InvariantCulture, $"20260102T0304050060001{Random.Next(100_000):D5}"), new string('1', 5_000));
        var path = "/events/" + Uri.EscapeDataString(key).Replace("%25", "%", StringComparison.Ordinal);
        var json = make.Json();
        return make.Pick("GET", "HEAD", "PUT", "PUT") switch
        {
            "PUT" => new FuzzRequest(make.Request("PUT", path, json)) { Lines = [json] },
            var method => new FuzzRequest(make.Request(method, path), method == "HEAD"),
        };
    }

    private FuzzCase Pipeline()
    {
        FuzzRequest[] requests = [.. Enumerable.Range(0, Random.Next(2, 17)).Select(_ => Random.Next(6) switch
        {
            0 => BrokenEvent(),
            1 => Keys(),
            2 => Query(),
            3 => Chunked(),
            _ => Valid(),
        })];
        return new FuzzCase("pipeline", [.. requests.SelectMany(static r => r.Bytes)], requests);
    }

    private byte[] Binary() => Random.Next(5) switch
    {
        0 => make.Noise(Random.Next(1, 3_000)),
        1 => [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03, .. make.Noise(Random.Next(600))],
        2 => [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0],
        3 => make.Mutated(Valid().Bytes, Random.Next(1, 6)),
        _ => [0, 0, 0, 0x10, 0, 0, 0, 0, .. make.Noise(Random.Next(40))],
    };

    private FuzzCase Partial()
    {
        var whole = make.Pick(Valid(), Chunked(), Lines(), Coded()).Bytes;
        return new FuzzCase("partial", whole[..Random.Next(1, whole.Length + 1)])
        {
            Ending = make.Pick(FuzzEnding.Resets, FuzzEnding.SendsNoMore),
        };
    }

    // A few values, so that they meet again: under one of them there is one event.
    private FuzzRequest Repeated()
    {
        var number = Random.Next(40);
        var json = Encoding.ASCII.GetBytes(make.Once(4) ? $"[{number},\"other\"]" : $"[{number}]");
        return new FuzzRequest(make.Request("POST", "/", json, $"Idempotency-Key: {make.Pick("fuzz-", "\"fuzz-\"", "fuzz-")}{number}\r\n")) { Lines = [json] };
    }
}
