using AllData.Remote.Http.Tls;
using AllData.Security;

namespace AllData.Remote.Http;

/// <summary>Sends requests over connections that show the certificate which the files have now.</summary>
/// <param name="certificates">The certificates.</param>
/// <param name="connect">Makes connections with certificates.</param>
internal sealed class RotatingHandler(Rotating<PeerCertificates> certificates, Func<PeerCertificates, HttpMessageHandler> connect) : HttpMessageHandler
{
    private readonly Lock _changing = new();
    private Connections? _current;
    private Connections? _former;

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        OfNow().Invoker.SendAsync(request, cancellationToken);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _current?.Invoker.Dispose();
            _former?.Invoker.Dispose();
        }

        base.Dispose(disposing);
    }

    private Connections OfNow()
    {
        var now = certificates.Current;
        lock (_changing)
        {
            if (_current?.Certificates != now)
            {
                // Requests may be in flight on those of the former certificates until the next ones come.
                _former?.Invoker.Dispose();
                (_former, _current) = (_current, new Connections(now, new HttpMessageInvoker(connect(now))));
            }

            return _current!;
        }
    }

    private sealed record Connections(PeerCertificates Certificates, HttpMessageInvoker Invoker);
}
