using AllData.Peers;
using AllData.Replicas;

namespace AllData.Silo.Http.Console;

/// <summary>The figures of a process, and those that the same process gave before.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Before">The earlier ones.</param>
/// <param name="After">The later ones.</param>
/// <param name="Seconds">The time between.</param>
internal sealed record FigureChange(PeerId Peer, PeerFigures Before, PeerFigures After, double Seconds)
{
    // After a pause nothing was watching: what happened in it is no rate of now.
    private const double LongestSeconds = 30;

    /// <summary>The changes of a round: one for each peer that has answered in it, and had answered before as the same process.</summary>
    public static IEnumerable<FigureChange> Between(ClusterFacts before, ClusterFacts after) => after.Answers
        .Where(a => a.Value.Figures is not null && before.AnswerOf(a.Key).Figures is { } earlier && !ReferenceEquals(earlier, a.Value.Figures)
            && earlier.Process == a.Value.Figures.Process)
        .Select(a => new FigureChange(a.Key, before.AnswerOf(a.Key).Figures!, a.Value.Figures!, a.Value.At - before.AnswerOf(a.Key).At))
        .Where(static c => c.Seconds is > 0 and < LongestSeconds);
}
