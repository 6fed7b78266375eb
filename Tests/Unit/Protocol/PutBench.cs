using AllData.Errors;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Links;
using AllData.Protocol.Placement;
using AllData.Protocol.Puts;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

/// <summary>A put engine on a table: says what happens to peers by name and keeps what the engine wants.</summary>
internal sealed class PutBench
{
    private readonly PutEngine _engine;
    private readonly ScriptedBudget _budget = new();

    public PutBench(Topology topology, PlacementPolicy policy, CommitRequirement requirement, TestAvailability? availability = null,
        string[]? members = null, string[]? alreadyHeld = null, CutOffRegions? cutOff = null)
    {
        Topology = topology;
        Availability = availability ?? TestAvailability.AllOf(topology);
        Copyset = Draw(topology, policy, members);
        _engine = new PutEngine(Copyset, requirement, Availability, new Random(1), _budget, [.. (alreadyHeld ?? []).Select(IndexOf)], cutOff);
        Take(_engine.Start());
    }

    public Topology Topology { get; }

    public TestAvailability Availability { get; }

    public PlacedCopyset Copyset { get; }

    public PutEngine Engine => _engine;

    /// <summary>Peers that the block was sent to, in order.</summary>
    public List<string> Sent { get; } = [];

    /// <summary>The peer that the last target replaces.</summary>
    public string? LastReplaced { get; private set; }

    public AcknowledgePut? Acknowledged { get; private set; }

    public PutException? Error { get; private set; }

    /// <summary>RF peers, each in its own zone of one region, and so many spares in further zones.</summary>
    public static PutBench Simple(int replicationFactor, int spares, CommitLevel level) => new(
        TestTopology.Of([.. Enumerable.Range(1, replicationFactor + spares).Select(zone => $"r/z{zone}")]),
        TestTopology.Policy(replicationFactor, replicationFactor),
        CommitRequirement.Create(level, replicationFactor),
        members: [.. Enumerable.Range(1, replicationFactor).Select(peer => $"p{peer}")]);

    public PutBench Stored(params string[] peers) => Each(peers, peer => _engine.OnStored(peer));

    public PutBench Failed(params string[] peers) => Each(peers, peer => _engine.OnFailed(peer, "It broke."));

    public PutBench Silent(params string[] peers) => Each(peers, peer => _engine.OnSilent(peer));

    public PutBench Overloaded(string peer, bool mayReplace = false, double retryAfter = 1) =>
        Each([peer], index => _budget.For(mayReplace, () => _engine.OnOverloaded(index, TimeSpan.FromSeconds(retryAfter))));

    public PutBench Refused(string peer, AppendStatus status, KeyConflict? conflict = null) =>
        Each([peer], index => _engine.OnRefused(index, status, "No.", conflict));

    public PutBench Deadline()
    {
        Take(_engine.OnDeadline());
        return this;
    }

    public int IndexOf(string peer) => Topology.IndexOf(PeerId.Parse(peer));

    public string[] Holders() => [.. Acknowledged!.Holders.Select(holder => holder.Peer.Value)];

    private static PlacedCopyset Draw(Topology topology, PlacementPolicy policy, string[]? members)
    {
        var random = new Random(1);
        for (var i = 0; i < 100_000; i++)
        {
            var copyset = PlacementPlanner.Draw(topology, policy, TestTopology.At(topology, 1), random);
            if (members is null || copyset.Members.Names().Order().SequenceEqual(members.Order()))
            {
                return copyset;
            }
        }

        throw new InvalidOperationException($"{string.Join(",", members!)} is never drawn: the example is wrong.");
    }

    private PutBench Each(string[] peers, Func<int, IEnumerable<PutAction>> happens)
    {
        foreach (var peer in peers)
        {
            Take(happens(IndexOf(peer)));
        }

        return this;
    }

    private void Take(IEnumerable<PutAction> actions)
    {
        foreach (var action in actions)
        {
            switch (action)
            {
                case SendReplica send:
                    Sent.Add(send.Target.Peer.Value);
                    LastReplaced = send.Replaces?.Peer.Value;
                    break;
                case AcknowledgePut acknowledged:
                    Assert.Null(Acknowledged);
                    Assert.Null(Error);
                    Acknowledged = acknowledged;
                    break;
                case FailPut failed:
                    Assert.Null(Acknowledged);
                    Assert.Null(Error);
                    Error = failed.Error;
                    break;
            }
        }
    }
}
