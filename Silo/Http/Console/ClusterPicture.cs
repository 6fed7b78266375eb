namespace AllData.Silo.Http.Console;

/// <summary>Folds what is known, round by round, into what the page shows. No I/O, and no clock of its own.</summary>
internal sealed class ClusterPicture
{
    private readonly PutWindow _puts = new();
    private readonly OwedWindow _owed = new();
    private readonly DecisionLog _decisions = new();
    private ClusterFacts? _before;

    /// <summary>Takes a round.</summary>
    /// <returns>The sections of the page, by name.</returns>
    public IEnumerable<(string Name, object Document)> Fold(ClusterFacts facts)
    {
        var before = _before ?? facts;
        FigureChange[] changes = [.. FigureChange.Between(before, facts)];
        DecisionFinder.Find(before, facts, changes, _decisions);
        _before = facts;
        return
        [
            ("map", ClusterMap.Of(facts)),
            ("puts", _puts.Fold(changes, facts.Seconds - before.Seconds)),
            ("owed", _owed.Fold(facts, changes)),
            ("intervals", IntervalStrip.Of(facts)),
            ("decisions", _decisions.Document),
            ("conditions", ConditionsDocument.Of(facts)),
        ];
    }
}
