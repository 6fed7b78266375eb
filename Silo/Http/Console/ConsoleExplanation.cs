using AllData.Copies;
using AllData.Events;
using AllData.Peers;

namespace AllData.Silo.Http.Console;

/// <summary>Where the copies of what was put under a key lie, which peers are meant to hold one, which were asked, and which did not answer and why.</summary>
/// <param name="Key">The key.</param>
/// <param name="Sentence">The same in a sentence or two.</param>
/// <param name="Events">The events under it.</param>
/// <param name="Asked">How many peers were asked.</param>
/// <param name="Silent">Peers that have not answered, or were not asked.</param>
internal sealed record ConsoleExplanation(string Key, string Sentence, ExplainedEvent[] Events, int Asked, ExplainedSilence[] Silent)
{
    /// <summary>Silent peers that are named, at most.</summary>
    public const int MaxSilent = 50;

    /// <summary>Explains what peers have said of a key.</summary>
    public static ConsoleExplanation Of(EventKey key, FoundCopies found)
    {
        var reasons = found.Silent.ToDictionary(static s => s.Peer, static s => PublicText.Of(s.Silence!));
        ExplainedEvent[] events = [.. EventCopies.Gather(found).Select(e => ExplainedEvent.Of(e, found.Store, reasons))];
        return new ConsoleExplanation(
            key.ToString(), SentenceOf(key, events.Length, found.Answers.Count(), reasons.Count), events, found.Asked.Length,
            [.. reasons.OrderBy(static s => s.Key).Take(MaxSilent).Select(static s => new ExplainedSilence(s.Key.Value, s.Value))]);
    }

    private static string SentenceOf(EventKey key, int events, int answering, int silent)
    {
        var asked = $"{answering:N0} of {answering + silent:N0} storing peers answered.";
        return events switch
        {
            0 when silent == 0 => $"No peer holds an event under {key}. {asked}",
            0 => $"No peer that answered holds an event under {key}; the others may. {asked}",
            1 => asked,
            _ => $"Conflict: {events:N0} different events were put under this key. All are kept, none is preferred. {asked}",
        };
    }
}

/// <summary>The copies of one event.</summary>
/// <param name="Digest">Its digest.</param>
/// <param name="Sentence">How many copies there are, and which peers owe one.</param>
/// <param name="IsWell">Whether no copy is owed, and none is in doubt.</param>
/// <param name="Copies">What each peer has to do with them.</param>
internal sealed record ExplainedEvent(string Digest, string Sentence, bool IsWell, ExplainedCopy[] Copies)
{
    /// <summary>Explains one.</summary>
    public static ExplainedEvent Of(EventCopies copies, TopologySnapshot store, IReadOnlyDictionary<PeerId, string> reasons) => new(
        copies.Digest.ToString(),
        CopyText.SumOf(copies),
        !copies.States.Values.Any(static s => s is CopyState.Missing or CopyState.Unknown),
        [
            .. copies.States.Select(s => new ExplainedCopy(
                s.Key.Value, store.Peers.FirstOrDefault(p => p.Id == s.Key)?.Location.ToString(), s.Value,
                MeaningOf(s.Key, s.Value, store, reasons))),
        ]);

    private static string MeaningOf(PeerId peer, CopyState state, TopologySnapshot store, IReadOnlyDictionary<PeerId, string> reasons) => state switch
    {
        CopyState.Unknown when reasons.TryGetValue(peer, out var reason) => $"{CopyText.MeaningOf(state)}: {reason}",
        CopyState.Replaced => CopyText.MeaningOf(state) + store.Replacements.LastOrDefault(r => r.Peer == peer)?.Reason switch
        {
            ReplacementReason.Drained => ", because it is drained",
            ReplacementReason.Dropped => ", because it was dropped",
            ReplacementReason.Away => ", because it has been away for long",
            _ => "",
        },
        _ => CopyText.MeaningOf(state),
    };
}

/// <summary>What a peer has to do with a copy.</summary>
internal sealed record ExplainedCopy(string Peer, string? Location, CopyState State, string Meaning);

/// <summary>A peer that has not answered, or was not asked.</summary>
internal sealed record ExplainedSilence(string Peer, string Reason);
