namespace AllData.Client.Export;

/// <summary>The files of one interval, one after the other: <c>part-00000.parquet</c>, <c>part-00001.parquet</c>, …</summary>
internal sealed class PartSequence(string directory, string extension) : IDisposable
{
    private readonly List<ExportedFile> _completed = [];
    private PartFile? _current;

    /// <summary>The files that are complete.</summary>
    public IReadOnlyList<ExportedFile> Completed => _completed;

    /// <summary>The file that is being written; begins one when there is none.</summary>
    public PartFile Current => _current ??= new PartFile(directory, $"part-{_completed.Count:D5}.{extension}");

    /// <summary>Completes the file that is being written; the next event begins another.</summary>
    public void CompleteCurrent()
    {
        if (_current is null)
        {
            return;
        }

        _completed.Add(_current.Complete());
        _current.Dispose();
        _current = null;
    }

    /// <inheritdoc/>
    public void Dispose() => _current?.Dispose();
}
