using System.Text.Json.Serialization;
using AllData.Peers;
using AllData.Reports;

namespace AllData.Silo.Http.Console;

/// <summary>The map of a store: regions, their zones, their peers.</summary>
/// <param name="Silo">The peer of the silo that says it.</param>
/// <param name="Cluster">The name of its cluster; left out where the store has one only.</param>
/// <param name="Headline">The state of all in a sentence or two.</param>
/// <param name="Mood"><c>good</c>, <c>warn</c> or <c>bad</c>.</param>
/// <param name="Links">The links to the other clusters.</param>
/// <param name="Regions">The regions.</param>
internal sealed record ClusterMap(
    string Silo, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Cluster, string Headline, string Mood,
    MapLink[] Links, MapRegion[] Regions)
{
    // Slower than this, an answer from memory says that the machine is short of something.
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(500);

    /// <summary>Draws the map.</summary>
    public static ClusterMap Of(ClusterFacts facts)
    {
        var topology = facts.Topology;
        var avoided = facts.Answers.Where(a => facts.IsAnswering(a.Key)).SelectMany(static a => a.Value.Figures is { } f
            ? f.Avoided.Select(peer => (Peer: peer, By: a.Key)) : []).ToLookup(static a => a.Peer, static a => a.By);
        var peers = topology.Store.Peers.Select(peer => (peer.Location, Peer: PeerOf(facts, peer, avoided[peer.Id].Order().FirstOrDefault()))).ToList();
        var links = MapLink.Of(facts);
        var (headline, mood) = ConsoleHeadline.Of(facts, [.. peers.Select(static p => p.Peer)], links);
        return new ClusterMap(
            topology.Silo.Value, topology.Cluster, headline, mood, links,
            [
                .. peers.GroupBy(static p => p.Location.Region).OrderBy(static r => r.Key, StringComparer.Ordinal).Select(region => new MapRegion(
                    region.Key, region.Select(p => p.Peer.Cluster).FirstOrDefault(),
                    [
                        .. region.GroupBy(static p => p.Location.Zone, static p => p.Peer).OrderBy(static z => z.Key, StringComparer.Ordinal)
                            .Select(static zone => new MapZone(zone.Key, [.. zone.OrderBy(static p => p.Id, StringComparer.Ordinal)])),
                    ])),
            ]);
    }

    /// <summary>The state of a peer.</summary>
    /// <param name="facts">What is known.</param>
    /// <param name="peer">The peer.</param>
    /// <param name="isAvoided">Whether a coordinator goes around it.</param>
    public static MapState StateOf(ClusterFacts facts, PeerDescriptor peer, bool isAvoided) => peer switch
    {
        _ when facts.Topology.CutOff.Contains(peer.Location.Region) && facts.Topology.Homes.ContainsKey(peer.Id) => MapState.CutOff,
        { Status: PeerStatus.Away } when !facts.Topology.Hosted.Contains(peer.Id) => MapState.Away,
        _ when !facts.Topology.Hosted.Contains(peer.Id) => MapState.Dead,
        { IsPutOnly: true, Status: PeerStatus.Active } => MapState.PutOnly,
        _ when !facts.IsAnswering(peer.Id) => MapState.Silent,
        { Status: PeerStatus.Draining } => facts.Views.GetValueOrDefault(peer.Id) is { IsDrained: true } ? MapState.Drained : MapState.Draining,
        { Status: PeerStatus.ReadOnly } => MapState.ReadOnly,
        _ => isAvoided || facts.AnswerOf(peer.Id).Took > Slow ? MapState.Slow : MapState.Alive,
    };

    private static MapPeer PeerOf(ClusterFacts facts, PeerDescriptor peer, PeerId avoidedBy)
    {
        var state = StateOf(facts, peer, avoidedBy != default);
        var home = facts.Topology.Homes.GetValueOrDefault(peer.Id);
        return new MapPeer(
            peer.Id.Value, state, MapText.Of(facts, peer, state, avoidedBy), home, peer.Stores,
            peer.Endpoint.Length > 0 && peer.Id != facts.Topology.Silo ? peer.Endpoint : null, facts.AnswerOf(peer.Id).Figures?.ProgramVersion);
    }
}

/// <summary>A region.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Cluster">The name of the cluster that covers it, where that is another one; otherwise left out.</param>
/// <param name="Zones">Its zones.</param>
internal sealed record MapRegion(
    string Name, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Cluster, MapZone[] Zones);

/// <summary>A zone.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Peers">Its peers.</param>
internal sealed record MapZone(string Name, MapPeer[] Peers);

/// <summary>A peer.</summary>
/// <param name="Id">Its name.</param>
/// <param name="State">Its state.</param>
/// <param name="Text">What is the matter and what to do, in sentences; left out where all is well.</param>
/// <param name="Cluster">The name of its cluster, where that is another one: orders about it are given there.</param>
/// <param name="Stores">Whether it stores.</param>
/// <param name="Endpoint">Where its silo has a console; left out for this silo, and where it is not known.</param>
/// <param name="Version">The version of its program; left out where it is not known.</param>
internal sealed record MapPeer(
    string Id, MapState State,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Text,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Cluster,
    bool Stores,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Endpoint,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Version);

/// <summary>The link to another cluster, in one of the states in which silos see it.</summary>
/// <param name="Cluster">The other cluster's name.</param>
/// <param name="Regions">The regions that it covers.</param>
/// <param name="State">The state.</param>
/// <param name="Since">Since when.</param>
/// <param name="SeenBy">The peers of the silos that see it so.</param>
/// <param name="HasDropped">Whether the other cluster says that this one was dropped.</param>
internal sealed record MapLink(string Cluster, string[] Regions, LinkState State, DateTimeOffset Since, string[] SeenBy, bool HasDropped)
{
    /// <summary>The links, in the order of the clusters' numbers.</summary>
    public static MapLink[] Of(ClusterFacts facts) =>
    [
        .. facts.Answers.Where(a => facts.IsAnswering(a.Key) && a.Value.Figures is not null)
            .SelectMany(static a => a.Value.Figures!.Links.Select(link => (Peer: a.Key, Link: link)))
            .GroupBy(static seen => (seen.Link.Cluster, seen.Link.State, seen.Link.HasDropped))
            .OrderBy(static same => same.Key)
            .Select(static same => new MapLink(
                same.First().Link.Name, [.. same.First().Link.Regions], same.Key.State, same.Min(static s => s.Link.Since),
                [.. same.Select(static s => s.Peer.Value).Order(StringComparer.Ordinal).Take(MaxNamed)], same.Key.HasDropped)),
    ];

    // Silos that are named: of thousands a few are enough.
    private const int MaxNamed = 8;
}
