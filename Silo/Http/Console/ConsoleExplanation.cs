using System.Collections.Immutable;
using AllData.Copies;
using AllData.Events;
using AllData.Peers;
using AllData.Replication;

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

    /// <summary>Explains.</summary>
    /// <param name="key">The key.</param>
    /// <param name="topology">The peers.</param>
    /// <param name="answers">What those that have answered hold.</param>
    /// <param name="silent">The others, each with the reason.</param>
    public static ConsoleExplanation Of(
        EventKey key, ConsoleTopology topology, ImmutableArray<(PeerId Peer, ImmutableArray<HeldKey> Answer)> answers,
        ImmutableArray<(PeerId Peer, string Reason)> silent)
    {
        var map = new CopyMap(topology.Own, answers.Select(static a => a.Peer).ToHashSet());
        var reasons = silent.ToDictionary(static s => s.Peer, static s => PublicText.Of(s.Reason));
        ExplainedEvent[] events = [.. EventCopies.Gather(answers, map).Select(e => ExplainedEvent.Of(e, topology, reasons))];
        return new ConsoleExplanation(
            key.ToString(), SentenceOf(key, events.Length, answers.Length, silent.Length), events, answers.Length + silent.Length,
            [.. silent.OrderBy(static s => s.Peer).Take(MaxSilent).Select(s => new ExplainedSilence(s.Peer.Value, reasons[s.Peer]))]);
    }

    private static string SentenceOf(EventKey key, int events, int answering, int silent)
    {
        var asked = $"{answering:N0} of {answering + silent:N0} storing peers of this cluster answered.";
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
    public static ExplainedEvent Of(EventCopies copies, ConsoleTopology topology, IReadOnlyDictionary<PeerId, string> reasons) => new(
        copies.Digest.ToString(),
        CopyText.SumOf(copies),
        !copies.States.Values.Any(static s => s is CopyState.Missing or CopyState.Unknown),
        [
            .. copies.States.Select(s => new ExplainedCopy(
                s.Key.Value, topology.Own.Peers.FirstOrDefault(p => p.Id == s.Key)?.Location.ToString(), s.Value,
                MeaningOf(s.Key, s.Value, topology, reasons))),
        ]);

    private static string MeaningOf(PeerId peer, CopyState state, ConsoleTopology topology, IReadOnlyDictionary<PeerId, string> reasons) => state switch
    {
        CopyState.Unknown when reasons.TryGetValue(peer, out var reason) => $"{CopyText.MeaningOf(state)}: {reason}",
        CopyState.Replaced => CopyText.MeaningOf(state) + topology.Own.Replacements.LastOrDefault(r => r.Peer == peer)?.Reason switch
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
