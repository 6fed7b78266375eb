namespace AllData.Silo.Http.Console;

/// <summary>What silos report that an operator must know.</summary>
/// <param name="Rows">The conditions, those that stop puts first.</param>
/// <param name="More">How many there are besides.</param>
internal sealed record ConditionsDocument(ConditionRow[] Rows, int More)
{
    /// <summary>Rows, at most.</summary>
    public const int MaxRows = 50;

    /// <summary>Gathers them; the same of several silos is one row.</summary>
    public static ConditionsDocument Of(ClusterFacts facts)
    {
        ConditionRow[] all =
        [
            .. facts.Answers.Where(a => facts.IsAnswering(a.Key) && a.Value.Figures is not null)
                .SelectMany(static a => a.Value.Figures!.Conditions.Select(condition => (Peer: a.Key, Condition: condition)))
                .GroupBy(static c => (c.Condition.Code, c.Condition.StopsPuts, c.Condition.Sentence))
                .OrderByDescending(static c => c.Key.StopsPuts).ThenBy(static c => c.Key.Code, StringComparer.Ordinal)
                .ThenBy(static c => c.Key.Sentence, StringComparer.Ordinal)
                .Select(static c => new ConditionRow(
                    [.. c.Select(static one => one.Peer.Value).Order(StringComparer.Ordinal).Take(MaxRows)], c.Key.Code, c.Key.StopsPuts,
                    PublicText.Of(c.Key.Sentence))),
        ];
        return new ConditionsDocument([.. all.Take(MaxRows)], Math.Max(0, all.Length - MaxRows));
    }
}

/// <summary>A condition.</summary>
/// <param name="Peers">The peers of the silos that report it.</param>
/// <param name="Code">Its name.</param>
/// <param name="StopsPuts">Whether puts through them fail while it lasts.</param>
/// <param name="Text">A sentence.</param>
internal sealed record ConditionRow(string[] Peers, string Code, bool StopsPuts, string Text);
