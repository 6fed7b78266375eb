using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Errors;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;
using AllData.Remote;
using Microsoft.Extensions.Options;

namespace AllData.Coordination;

/// <summary>Whether a put at the default level can succeed through this silo, by what it knows of the peers.</summary>
internal sealed class PutConditions(
    HostedPeer hostedPeer, TopologyCache topologies, Copysets copysets, IRegionLinks links, IOptions<AllDataOptions> options) : IConditionSource
{
    // A sentence, not a list of a large cluster.
    private const int MostNamed = 5;

    private readonly CommitRequirement _requirement =
        CommitRequirement.Create(options.Value.Replication.CommitLevel, options.Value.Replication.Factor);

    /// <inheritdoc/>
    public IEnumerable<SiloCondition> Conditions
    {
        get
        {
            var live = topologies.Current;
            var outside = Enumerable.Range(0, live.Topology.Count).Where(i => live.Topology[i].Stores || live.Topology.TakesReplicas(i))
                .Select(i => WhyOutside(live, i)).ToList();
            var able = outside.Count(static why => why is null);
            var canPut = able >= _requirement.Needed && DrawFailure(live.Topology) is null;
            if (hostedPeer.Store is { ReadOnlyReason: { } reason })
            {
                yield return new SiloCondition("read-only", StopsPuts: !canPut,
                    $"Peer '{hostedPeer.Id}' takes no more blocks: {reason.TrimEnd('.')}. Make room or repair the disk, then restart its silo.");
            }
            else if (hostedPeer.Store is { AppendRefusal: { } tooFull })
            {
                yield return new SiloCondition("disk-nearly-full", StopsPuts: !canPut,
                    $"Peer '{hostedPeer.Id}' takes no new blocks: {tooFull} Make room.");
            }

            // Until the registry has accepted this silo, this is its only condition; it knows no peers yet. And peers of clusters that have dropped this one do
            // not come back.
            if (hostedPeer.Refusal is null && links.Dropped is null && Shortage(live.Topology, able, [.. outside.OfType<string>()]) is { } shortage)
            {
                yield return shortage;
            }
        }
    }

    private SiloCondition? Shortage(Topology topology, int able, List<string> outside)
    {
        var unable = outside.Count == 0 ? "" : $" Not: {string.Join(", ", outside.Take(MostNamed))}{(outside.Count > MostNamed ? ", …" : "")}.";
        if (DrawFailure(topology) is { } failure)
        {
            return new SiloCondition("not-enough-peers", StopsPuts: true, failure);
        }

        if (able < _requirement.Needed)
        {
            return new SiloCondition("not-enough-peers", StopsPuts: true,
                $"A put needs {_requirement}, and {(able == 1 ? "1 peer" : $"{able} peers")} can take one now.{unable} Bring them back, or add peers.");
        }

        return able < _requirement.ReplicationFactor
            ? new SiloCondition("under-replicated", StopsPuts: false,
                $"New events get {able} of {_requirement.ReplicationFactor} replicas, because no more peers can take one now.{unable} Bring them back, or add "
                + "peers; repair then completes the copies.")
            : null;
    }

    // The answer that a put itself would get: the rule is not written a second time.
    private string? DrawFailure(Topology topology)
    {
        try
        {
            copysets.Next(topology);
            return null;
        }
        catch (NotEnoughPeersException e)
        {
            return e.Message;
        }
    }

    private string? WhyOutside(LiveTopology live, int index)
    {
        var peer = live.Topology[index];
        if (peer.Id == hostedPeer.Id && hostedPeer.Store is { AppendRefusal: not null } store)
        {
            return $"{peer.Id} ({(store.IsReadOnly ? "read-only" : "its disk is nearly full")})";
        }

        return (live.Of(index), peer.Status) switch
        {
            _ when live.IsCutOff(index) => $"{peer.Id} (region {peer.Location.Region} is cut off)",
            (PeerAvailability.Dead, _) => $"{peer.Id} ({(peer.IsPutOnly ? "it does not answer" : "no silo hosts it")})",
            (_, PeerStatus.Draining) => $"{peer.Id} (draining)",
            (_, PeerStatus.ReadOnly) => $"{peer.Id} (read-only)",
            (PeerAvailability.Avoided, _) => $"{peer.Id} (does not answer)",
            _ => live.Topology.TakesReplicas(index) ? null : $"{peer.Id} ({peer.Status})",
        };
    }
}
