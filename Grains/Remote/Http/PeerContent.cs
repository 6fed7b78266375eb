using System.Net;
using System.Net.Http.Headers;
using AllData.Remote.Http.Messages;

namespace AllData.Remote.Http;

/// <summary>A message as the body of a request; its tail is sent from where it lies.</summary>
internal sealed class PeerContent : HttpContent
{
    private readonly PeerMessage _message;

    public PeerContent(PeerMessage message)
    {
        _message = message;
        Headers.ContentType = new MediaTypeHeaderValue(PeerProtocol.MediaType);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _message.WriteToAsync(stream, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        _message.WriteToAsync(stream, cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        length = _message.Length;
        return true;
    }
}
