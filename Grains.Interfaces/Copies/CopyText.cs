namespace AllData.Copies;

/// <summary>The words for where the copies of an event lie.</summary>
internal static class CopyText
{
    /// <summary>What a state means.</summary>
    public static string MeaningOf(CopyState state) => state switch
    {
        CopyState.Held => "meant to hold it, and does",
        CopyState.Extra => "keeps it for another peer",
        CopyState.Missing => "owes it: repair fetches it",
        CopyState.Unknown => "meant to hold it; does not answer",
        CopyState.Believed => "took it or will take it; cannot be asked",
        CopyState.Replaced => "was meant to hold it; others have taken its place",
        _ => "",
    };

    /// <summary>How many copies there are and which peers owe one.</summary>
    public static string SumOf(EventCopies copies)
    {
        var asked = copies.CopiesAsked == 0 ? "" : $" of {copies.CopiesAsked}";
        var owed = string.Join(", ", copies.In(CopyState.Missing)) is { Length: > 0 } peers
            ? $" Owed by {peers}."
            : " Nothing is owed by a peer that answers.";
        var elsewhere = copies.Elsewhere.IsEmpty ? ""
            : $" Peers that are not known here (ordinals {string.Join(", ", copies.Elsewhere)}) are meant to hold it, too.";
        return $"{copies.Copies}{asked} copies.{owed}{elsewhere}";
    }
}
