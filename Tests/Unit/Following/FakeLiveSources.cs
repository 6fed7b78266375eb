using AllData.Following.Live;

namespace AllData.Tests.Unit.Following;

/// <summary>Silos that are asked for news and tell none by themselves.</summary>
internal sealed class FakeLiveSources : ILiveSources
{
    private int _asked;

    /// <summary>How often they were asked.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <inheritdoc/>
    public Task AskAsync()
    {
        Interlocked.Increment(ref _asked);
        return Task.CompletedTask;
    }
}
