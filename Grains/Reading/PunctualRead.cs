using System.Collections.Immutable;
using AllData.Events;

namespace AllData.Reading;

/// <summary>Reads the events of a range of positions whose positions are their keys.</summary>
/// <param name="services">What reading uses.</param>
/// <param name="range">The range, from behind a position up to one.</param>
/// <param name="topic">Only events of this topic; null: all.</param>
internal sealed class PunctualRead(ScanServices services, (EventKey After, EventKey UpTo) range, Topic? topic) : IPositionSource, IAsyncDisposable
{
    private readonly ClusterScan _scan = new(
        services, new ScanRange { After = range.After, To = range.UpTo.GetSuccessor(), Topic = topic }, ScanUse.Follow);

    private IAsyncEnumerator<CertainPage>? _pages;

    /// <inheritdoc/>
    public ScanPage? Page { get; set; }

    /// <inheritdoc/>
    public EventKey UpTo { get; private set; } = range.After;

    /// <inheritdoc/>
    public bool IsEnded { get; private set; }

    /// <inheritdoc/>
    public ImmutableArray<ScanDoubt> Doubts { get; private set; } = [];

    /// <inheritdoc/>
    public async Task AdvanceAsync(CancellationToken stop)
    {
        _pages ??= CertainPage.CutAsync(_scan.ReadPagesAsync(stop), range.After, range.UpTo, stop).GetAsyncEnumerator(stop);
        if (!await _pages.MoveNextAsync())
        {
            throw new InvalidOperationException($"The scan ended at {UpTo}, before {range.UpTo}, and said no reason.");
        }

        (Page, UpTo, Doubts) = (_pages.Current.Events?.BeforeOthers(), _pages.Current.UpTo, _pages.Current.HeldUpBy);
        IsEnded = UpTo >= range.UpTo || !Doubts.IsEmpty;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _pages?.DisposeAsync() ?? ValueTask.CompletedTask;
}
