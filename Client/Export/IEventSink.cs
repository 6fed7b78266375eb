using AllData.Reading;

namespace AllData.Client.Export;

/// <summary>Takes the events of an interval and writes them to files.</summary>
internal interface IEventSink : IAsyncDisposable
{
    /// <summary>Events so far whose payload is not JSON that every reader takes.</summary>
    long NotJson { get; }

    /// <summary>Takes the events of a page; they follow those of the page before.</summary>
    Task WriteAsync(ScanPage page, CancellationToken cancellation);

    /// <summary>Writes what is still held, and completes the last file.</summary>
    Task<IReadOnlyList<ExportedFile>> CompleteAsync(CancellationToken cancellation);
}
