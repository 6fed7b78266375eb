using AllData.Peers;

namespace AllData.Silo.Http.Console;

/// <summary>What is the matter with a peer, in sentences.</summary>
internal static class MapText
{
    /// <summary>The sentences; null when all is well.</summary>
    public static string? Of(ClusterFacts facts, PeerDescriptor peer, MapState state, PeerId avoidedBy) => state switch
    {
        MapState.Alive => null,
        MapState.PutOnly => "It only takes events and cannot be asked: its copies are believed.",
        MapState.Slow => avoidedBy != default
            ? $"The coordinator of {avoidedBy} goes around it: it was silent or failed a moment ago."
            : $"It takes {facts.AnswerOf(peer.Id).Took.TotalSeconds:0.0} s to answer {facts.Topology.Silo}.",
        MapState.Draining => "It gets no new copies, and others fetch what it holds. It can be dropped when that is done.",
        MapState.Drained => "All that it holds has its copies elsewhere: it can be stopped and dropped.",
        MapState.ReadOnly => "It takes no copies: its storage failed or is full. Look at its log, and start it again.",
        MapState.CutOff => "Its region is cut off from this silo, and goes on alone. Its own console says more.",
        MapState.Silent => SilenceOf(facts, peer),
        MapState.Away => "It was away for longer than the grace period, so others have taken its place. Start it again; if it will not come back, drop it.",
        _ => $"No silo hosts it{SinceOf(facts, peer)}. {ConsequenceOf(facts, peer)}",
    };

    /// <summary>When others take the place of a peer that is away, in a sentence; empty where it is not known.</summary>
    public static string TakeOverOf(ClusterFacts facts, PeerId peer) => facts.Views.GetValueOrDefault(peer)?.ReplacedIn is { } rest
        ? $"Others take its place in {Minutes(rest)}. " : "";

    private static string SilenceOf(ClusterFacts facts, PeerDescriptor peer) =>
        $"It does not answer {facts.Topology.Silo}. {PublicText.Of(facts.AnswerOf(peer.Id).Silence ?? "")}";

    private static string SinceOf(ClusterFacts facts, PeerDescriptor peer) =>
        facts.Views.GetValueOrDefault(peer.Id)?.AwaySince is { } since ? $" since {since.UtcDateTime:yyyy-MM-dd HH:mm} UTC" : "";

    private static string ConsequenceOf(ClusterFacts facts, PeerDescriptor peer) => peer switch
    {
        { IsPutOnly: true } => "Puts go to others. Its copies are believed, and made by others only once it is drained or dropped.",
        { Stores: false } => "It stores nothing, so no copy is missing. Start it again, or drop it.",
        _ when facts.Topology.Homes.ContainsKey(peer.Id) => "Look at the console of its own cluster.",
        _ => $"{TakeOverOf(facts, peer.Id)}Start it again; if it will not come back, drop it.",
    };

    private static string Minutes(TimeSpan time) => time.TotalMinutes < 1 ? "less than a minute" : $"{Math.Ceiling(time.TotalMinutes):N0} min";
}
