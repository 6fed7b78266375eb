using System.Globalization;
using System.IO.Compression;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Text;
using AllData.Errors;
using AllData.Events;

namespace AllData.Client.Bench;

/// <summary>What is sent over HTTP.</summary>
/// <param name="Server">The server; only its host and port are used.</param>
/// <param name="Lines">Events of each request: 0 for one event to <c>/</c>, otherwise lines to <c>/events</c>.</param>
/// <param name="IsCompressed">Whether lines are sent in gzip.</param>
/// <param name="Tls">How the server is spoken to over TLS; null for plain HTTP.</param>
internal sealed record HttpTerms(Uri Server, int Lines, bool IsCompressed, SslClientAuthenticationOptions? Tls = null);

/// <summary>
/// Puts over one HTTP/1.1 connection, one request at a time, on a bare connection: an HTTP library would cost the machine, which the silos share, as much
/// as the request costs them.
/// </summary>
internal sealed class HttpLoad(HttpTerms terms, TimeProvider time) : ILoad, IDisposable
{
    private const int HeadRoom = 512;
    private const int FirstReceived = 4_096;
    private const int MostReceived = 4 << 20;

    // Servers close connections that are idle. A request that is sent at that moment fails, and may not be sent again.
    private static readonly TimeSpan LongestIdle = TimeSpan.FromSeconds(20);

    private byte[] _request = [];
    private byte[] _received = new byte[FirstReceived];
    private Stream? _connection;
    private DateTimeOffset _sent;

    /// <inheritdoc/>
    public int Batch => Math.Max(terms.Lines, 1);

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> PutAsync(long first, RunRecord record)
    {
        var request = Form(first, record.Events);
        var now = time.GetUtcNow();
        if (now - _sent > LongestIdle)
        {
            Dispose();
        }

        try
        {
            _connection ??= await ConnectAsync();
            _sent = now;
            await _connection.WriteAsync(request).ConfigureAwait(false);
            return Note(await ReceiveAsync(_connection).ConfigureAwait(false), first, record);
        }
        catch (Exception e) when (e is SocketException or IOException or FormatException or AuthenticationException)
        {
            // A connection in the middle of something cannot be used again.
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection?.Dispose();
        _connection = null;
    }

    private async Task<Stream> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(terms.Server.Host, terms.Server.Port);
            var plain = new NetworkStream(socket, ownsSocket: true);
            return terms.Tls is { } tls ? await SecureAsync(plain, tls) : plain;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<SslStream> SecureAsync(NetworkStream plain, SslClientAuthenticationOptions tls)
    {
        var secured = new SslStream(plain);
        await secured.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = terms.Server.Host,
            ClientCertificates = tls.ClientCertificates,
            EnabledSslProtocols = tls.EnabledSslProtocols,
            RemoteCertificateValidationCallback = tls.RemoteCertificateValidationCallback,
        });
        return secured;
    }

    private ReadOnlyMemory<byte> Form(long first, NumberedEvents events)
    {
        var line = events.Size + (terms.Lines > 0 ? 1 : 0);
        var room = HeadRoom + (Batch * line);
        if (_request.Length < room)
        {
            _request = new byte[room];
        }

        for (var i = 0; i < Batch; i++)
        {
            var at = _request.AsSpan(HeadRoom + (i * line), line);
            events.Write(first + i, at);
            at[^1] = terms.Lines > 0 ? (byte)'\n' : at[^1];
        }

        return Prefix(terms.IsCompressed ? Compress(Batch * line) : Batch * line);
    }

    // The head ends where the body begins, so that both go in one piece.
    private ReadOnlyMemory<byte> Prefix(int bodyLength)
    {
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"POST {(terms.Lines > 0 ? "/events" : "/")} HTTP/1.1\r\nHost: {terms.Server.Authority}\r\nContent-Type: "
                + $"application/{(terms.Lines > 0 ? "x-ndjson" : "json")}\r\n"
            + $"{(terms.IsCompressed ? "Content-Encoding: gzip\r\n" : "")}Content-Length: {bodyLength}\r\n\r\n");
        var start = HeadRoom - Encoding.ASCII.GetBytes(head, _request.AsSpan(HeadRoom - head.Length));
        return _request.AsMemory(start, HeadRoom - start + bodyLength);
    }

    private int Compress(int length)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(_request, HeadRoom, length);
        }

        compressed.Position = 0;
        return compressed.Read(_request, HeadRoom, _request.Length - HeadRoom);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(Stream connection)
    {
        var arrived = 0;
        do
        {
            if (arrived == _received.Length)
            {
                Array.Resize(ref _received, arrived < MostReceived ? 2 * arrived : throw new FormatException("The answer has no end."));
            }

            var more = await connection.ReadAsync(_received.AsMemory(arrived)).ConfigureAwait(false);
            arrived += more > 0 ? more : throw new IOException("The server closed the connection before it had answered.");
        }
        while (!HttpAnswer.TryRead(_received.AsSpan(0, arrived), out _));

        return arrived;
    }

    private int Note(int arrived, long first, RunRecord record)
    {
        HttpAnswer.TryRead(_received.AsSpan(0, arrived), out var answer);
        if (answer.Head.IndexOf("\r\nConnection: close\r\n"u8) >= 0)
        {
            Dispose();
        }

        switch (answer.Status)
        {
            case 200 or 201:
                Acknowledge(answer, first, record);
                return Batch;
            case 503:
                throw new OverloadedException("The server answers 503.", TimeSpan.FromSeconds(1));
            default:
                record.Fail($"HTTP {answer.Status}", Batch);
                return 0;
        }
    }

    private void Acknowledge(HttpAnswer answer, long first, RunRecord record)
    {
        if (terms.Lines == 0 && EventKey.TryParse(Encoding.ASCII.GetString(HttpAnswer.After(answer.Head, "\r\nLocation: /events/"u8, (byte)'\r')), out var key))
        {
            record.Acknowledge(first, key);
            return;
        }

        // Keys are made as the lines arrive, which for a large request may be long before its answer.
        var answered = time.GetUtcNow();
        for (var i = 0; i < Batch; i++)
        {
            record.Acknowledge(first + i, _sent, answered);
        }
    }
}
