using System.Collections.Frozen;
using AllData.Configuration;
using AllData.Errors;
using AllData.Federation;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Links;
using AllData.Remote;
using AllData.Remote.Http;
using Microsoft.Extensions.Logging;

namespace AllData.Links;

/// <summary>
/// Takes over what other clusters say of themselves: into the topology that is planned with, into the routes to their peers, and onto the disk, so that a
/// start while they are cut off plans with what they said last.
/// </summary>
internal sealed partial class SnapshotIntake(
    ConfiguredFederation federation, ClusterLinks links, TopologyCache topologies, PeerReplicas replicas, ICoordinatingPeer peer,
    TimeProvider time, ILogger<SnapshotIntake> logger)
{
    /// <summary>
    /// For how long a cluster may answer with an older topology than is known before an operator is told. Its silos hear of a change within seconds, each
    /// at its own time, and the questions may go to one that has not yet.
    /// </summary>
    public static readonly TimeSpan LagPatience = TimeSpan.FromSeconds(30);

    private readonly Lock _taking = new();
    private readonly HashSet<PeerId> _routed = [];
    private FrozenDictionary<PeerId, int> _settled = FrozenDictionary<PeerId, int>.Empty;

    private FederationDocument Document => federation.Own!.Document;

    /// <summary>Takes over what was kept on disk at the last run. No peer of it is alive until its cluster answers.</summary>
    public void Recall()
    {
        lock (_taking)
        {
            foreach (var link in links.All)
            {
                RecallOf(link);
            }

            SettleAlone();
        }
    }

    /// <summary>A cluster has answered.</summary>
    public void Take(ClusterLink link, ClusterReport report)
    {
        lock (_taking)
        {
            link.OnDocument(report.DocumentVersion, report.DocumentDigest);
            TakeDrops(link, report);
            if (IsLagging(link, report))
            {
                return;
            }

            if (WhyRefused(link, report) is { } reason)
            {
                Refuse(link, $"What cluster {link.Cluster} says of itself is not taken over: {reason}. Compare the federation documents of both clusters.");
                return;
            }

            link.Refusal = null;
            var isHostedElsewise = link.SetHosted(report.Hosted);
            if (report.Topology is { } topology)
            {
                Accept(link, topology);
                LogTakenOver(link.Cluster, topology.Version, topology.Peers.Length);
            }

            Keep(link, report);
            if (!SettleAlone() && isHostedElsewise)
            {
                topologies.OnMembershipChanged();
            }
        }
    }

    /// <summary>What a cluster says cannot be used: said once, as long as it stays the same.</summary>
    public void Refuse(ClusterLink link, string sentence)
    {
        if (link.Refusal != sentence)
        {
            link.Refusal = sentence;
            LogRefused(sentence);
        }
    }

    /// <summary>A cluster says that this silo's cluster was dropped from the store: said once.</summary>
    public void Drop(ClusterLink link, ClusterDroppedException word)
    {
        var drop = new ClusterDrop(word.Message, word.DocumentVersion);
        if (link.OnDropped(drop))
        {
            // Puts plan with it from now on.
            topologies.OnMembershipChanged();
            LogDropped(link.Cluster, word.Message);
            KeepDrop(link, drop);
        }
    }

    /// <summary>Lets routes and liveness follow the topology: also the own registry's word may say of which cluster a peer is.</summary>
    public void Settle()
    {
        lock (_taking)
        {
            SettleAlone();
        }
    }

    private void TakeDrops(ClusterLink link, ClusterReport report)
    {
        var own = federation.Own!.Own;
        var added = report.Cluster == link.Cluster.Number ? link.OnDrops(report.Drops) : [];
        foreach (var drop in added.Where(d => d.Cluster == own.Number && own.Regions.Contains(d.Region)))
        {
            // Puts plan with it from now on.
            topologies.OnMembershipChanged();
            LogRegionDropped(link.Cluster, drop.Region, drop.DocumentVersion);
        }
    }

    // Nothing of the answer is taken over: it is older than what is known in all that it says.
    private bool IsLagging(ClusterLink link, ClusterReport report)
    {
        var isBehind = report.Cluster == link.Cluster.Number && report.TopologyVersion < (link.Topology?.Version ?? 0);
        var now = time.GetTimestamp();
        link.BehindSince = isBehind ? link.BehindSince ?? now : null;
        return link.BehindSince is { } since && time.GetElapsedTime(since, now) < LagPatience;
    }

    private string? WhyRefused(ClusterLink link, ClusterReport report) =>
        report.Cluster != link.Cluster.Number ? $"cluster {report.Cluster} answers at its addresses"
        : report.Topology is { } topology ? SnapshotRules.WhyRefused(Document, link.Cluster, topology, link.Topology)
        : SnapshotRules.WhyNoSuccessor(report.TopologyVersion, link.Topology?.Version ?? 0);

    private void RecallOf(ClusterLink link)
    {
        // A silo that has a later document, and starts, is of a cluster that was not dropped. By one of the same version it was, if that has another content.
        if (peer.Directory.LoadDropBy(link.Cluster.Number) is { } drop && drop.DocumentVersion >= Document.Version)
        {
            link.OnDropped(drop);
            topologies.OnMembershipChanged();
            LogDropRecalled(link.Cluster, drop.Sentence);
        }

        if (peer.Directory.LoadTopologyOf(link.Cluster.Number) is not { } kept)
        {
            return;
        }

        if (SnapshotRules.WhyRefused(Document, link.Cluster, kept, known: null) is { } reason)
        {
            LogNotRecalled(link.Cluster, reason);
            return;
        }

        Accept(link, kept);
        LogRecalled(link.Cluster, kept.Version, kept.Peers.Length);
    }

    private void Accept(ClusterLink link, TopologySnapshot topology)
    {
        link.Topology = topology;
        topologies.Offer(new ClusterSnapshot(link.Cluster.Number, topology, [.. topology.Peers.Select(static p => p.Id).Where(link.Hosts)]));
    }

    private void Keep(ClusterLink link, ClusterReport report)
    {
        try
        {
            // First: a registry that was put back hears of an ordinal even if nothing else is kept.
            peer.Directory.SeeOrdinals(report.Seen);
            if (report.Topology is { } topology)
            {
                peer.Directory.SaveTopologyOf(link.Cluster.Number, topology);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not fatal: it matters to a start while the cluster is cut off, and the next change tries again.
            LogNotKept(link.Cluster, e);
        }
    }

    private void KeepDrop(ClusterLink link, ClusterDrop drop)
    {
        try
        {
            peer.Directory.SaveDropBy(link.Cluster.Number, drop);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogDropNotKept(link.Cluster, e);
        }
    }

    private bool SettleAlone()
    {
        var homes = topologies.Homes;
        if (ReferenceEquals(homes, _settled))
        {
            return false;
        }

        _settled = homes;
        var others = homes.Select(h => (Peer: h.Key, Link: links.Find(h.Value))).Where(static h => h.Link is not null)
            .ToFrozenDictionary(static h => h.Peer, static h => h.Link!);
        SetRoutes(others);
        links.SetHomes(others);
        RemoveRoutes(others);
        topologies.OnMembershipChanged();
        return true;
    }

    // Before anything is planned with them.
    private void SetRoutes(FrozenDictionary<PeerId, ClusterLink> others)
    {
        foreach (var (name, link) in others)
        {
            try
            {
                replicas.SetRoute(name, new PeerRoute(PeerRoute.Http, HttpPeerClient.AddressOf(link.Cluster)));
                _routed.Add(name);
            }
            catch (FormatException e)
            {
                Refuse(link, WhyUnreachable(link, e));
            }
        }
    }

    private void RemoveRoutes(FrozenDictionary<PeerId, ClusterLink> others)
    {
        foreach (var gone in _routed.Where(name => !others.ContainsKey(name)).ToList())
        {
            replicas.RemoveRoute(gone);
            _routed.Remove(gone);
        }
    }

    /// <summary>What is said of a cluster whose addresses this silo cannot use.</summary>
    public static string WhyUnreachable(ClusterLink link, FormatException fault) => $"Cluster {link.Cluster} cannot be reached: {fault.Message}";

    [LoggerMessage(LogLevel.Information, "Cluster {Cluster}: topology {Version} with {Peers} peers taken over")]
    private partial void LogTakenOver(FederationCluster cluster, long version, int peers);

    [LoggerMessage(LogLevel.Information, "Cluster {Cluster}: topology {Version} with {Peers} peers recalled from disk")]
    private partial void LogRecalled(FederationCluster cluster, long version, int peers);

    [LoggerMessage(LogLevel.Warning, "Cluster {Cluster}: the topology on disk is not used: {Reason}")]
    private partial void LogNotRecalled(FederationCluster cluster, string reason);

    [LoggerMessage(LogLevel.Error, "Cluster {Cluster} has dropped this cluster from the store: {Sentence}")]
    private partial void LogDropped(FederationCluster cluster, string sentence);

    [LoggerMessage(LogLevel.Warning, "Cluster {Cluster} says that version {Version} of the federation document has dropped region {Region} of this cluster")]
    private partial void LogRegionDropped(FederationCluster cluster, string region, int version);

    [LoggerMessage(LogLevel.Error, "Cluster {Cluster} had dropped this cluster from the store before this start: {Sentence}")]
    private partial void LogDropRecalled(FederationCluster cluster, string sentence);

    [LoggerMessage(LogLevel.Warning, "Cluster {Cluster}: that it has dropped this cluster could not be kept on disk; a start while it is cut off would take "
        + "puts")]
    private partial void LogDropNotKept(FederationCluster cluster, Exception exception);

    [LoggerMessage(LogLevel.Warning, "{Sentence}")]
    private partial void LogRefused(string sentence);

    [LoggerMessage(LogLevel.Warning, "Cluster {Cluster}: its topology could not be kept on disk; a start while it is cut off would use an older one")]
    private partial void LogNotKept(FederationCluster cluster, Exception exception);
}
