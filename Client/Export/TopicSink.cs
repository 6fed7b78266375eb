using AllData.Client.Files;
using AllData.Events;
using AllData.Reading;

namespace AllData.Client.Export;

/// <summary>
/// Writes the events of each topic to files of their own, in a directory as Hive names it: <c>topic=orders/part-00000.parquet</c>. It gathers each topic first
/// and then writes its files, topic after topic: so it takes the memory of one, however many topics there are.
/// </summary>
/// <param name="folder">The directory of the interval.</param>
/// <param name="createSink">Makes what writes the files of one topic to a directory.</param>
internal sealed class TopicSink(string folder, Func<string, IEventSink> createSink) : IEventSink
{
    // What one topic writes at once, and what all of them may hold.
    private const int FlushBytes = 256 * 1024;
    private const long MostWaitingBytes = 16 * 1024 * 1024;

    private static readonly bool IsPlain = !OperatingSystem.IsWindows() && !OperatingSystem.IsMacOS();

    private readonly SortedDictionary<string, TopicGathering> _topics = new(StringComparer.Ordinal);
    private long _waitingBytes;

    /// <inheritdoc/>
    public long NotJson { get; private set; }

    /// <inheritdoc/>
    public Task WriteAsync(ScanPage page, CancellationToken cancellation)
    {
        foreach (var topic in page.Topics is { } topics ? [null, .. topics.Names.Select(static name => (Topic?)name)] : new Topic?[] { null })
        {
            if (page.Only(topic) is { Count: > 0 } events)
            {
                Add(ExportNames.DirectoryOf(topic, IsPlain), events);
            }
        }

        if (_waitingBytes > MostWaitingBytes)
        {
            _topics.Values.Where(static t => t.WaitingBytes > 0).ToList().ForEach(Flush);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ExportedFile>> CompleteAsync(CancellationToken cancellation)
    {
        var files = new List<ExportedFile>();
        foreach (var (name, topic) in _topics)
        {
            var directory = Path.Combine(folder, name);
            await using var sink = createSink(directory);
            foreach (var page in topic.ReadBack())
            {
                cancellation.ThrowIfCancellationRequested();
                await sink.WriteAsync(page, cancellation);
            }

            files.AddRange((await sink.CompleteAsync(cancellation)).Select(file => file with { Name = $"{name}/{file.Name}" }));
            NotJson += sink.NotJson;
            DirectoryFlush.Flush(directory);
        }

        return files;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Add(string name, ScanPage events)
    {
        if (!_topics.TryGetValue(name, out var topic))
        {
            _topics.Add(name, topic = new TopicGathering(Path.Combine(folder, name)));
        }

        _waitingBytes -= topic.WaitingBytes;
        topic.Add(events);
        _waitingBytes += topic.WaitingBytes;
        if (topic.WaitingBytes > FlushBytes)
        {
            Flush(topic);
        }
    }

    private void Flush(TopicGathering topic)
    {
        _waitingBytes -= topic.WaitingBytes;
        topic.Flush();
    }
}
