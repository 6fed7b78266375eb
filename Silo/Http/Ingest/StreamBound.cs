using AllData.Security;
using Microsoft.Extensions.Options;

namespace AllData.Silo.Http.Ingest;

/// <summary>
/// Bounds the streams (<c>POST /events</c>) that are open at once, and of them those of one caller: each may last forever, and takes a connection, a decoder
/// and a line.
/// </summary>
internal sealed class StreamBound(IOptions<EventHttpOptions> options)
{
    private readonly EventHttpOptions _options = options.Value;
    private readonly CountsByCaller<string> _ofCallers = new(options.Value.MaxStreamsPerPrincipal);
    private int _open;

    /// <summary>Streams that are open.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Admits one more.</summary>
    /// <param name="caller">By what its caller is counted.</param>
    /// <exception cref="TooManyStreamsException">There are as many as there may be.</exception>
    public IDisposable Enter(string caller)
    {
        if (Interlocked.Increment(ref _open) > _options.MaxStreams)
        {
            Interlocked.Decrement(ref _open);
            throw new TooManyStreamsException(_options.MaxStreams, caller: null);
        }

        if (!_ofCallers.Enter(caller).IsAdmitted)
        {
            Interlocked.Decrement(ref _open);
            throw new TooManyStreamsException(_options.MaxStreamsPerPrincipal, caller);
        }

        return new Place(this, caller);
    }

    private sealed class Place(StreamBound bound, string caller) : IDisposable
    {
        public void Dispose()
        {
            bound._ofCallers.Leave(caller);
            Interlocked.Decrement(ref bound._open);
        }
    }
}
