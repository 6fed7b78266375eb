using AllData.Peers;
using AllData.Protocol.Placement;
using AllData.Protocol.Puts;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

/// <summary>Replacements have a budget, so that overload never multiplies itself.</summary>
public sealed class PutEngineBudgetTests
{
    private static readonly Topology Peers = TestTopology.Of([.. Enumerable.Range(1, 12).Select(zone => $"r/z{zone}")]);
    private static readonly ReplacementBudget None = new(percent: 0, burst: 0);

    [Fact]
    public void Before_the_reply_a_silent_or_failed_replica_is_replaced_at_once_whatever_the_budget()
    {
        var put = new Put(CommitLevel.All, None);

        put.Silent(0).Failed(1);

        Assert.Equal(5, put.Sent.Count);
    }

    [Fact]
    public void After_the_reply_it_is_replaced_within_the_budget_and_the_rest_is_left_to_repair()
    {
        var put = new Put(CommitLevel.One, new ReplacementBudget(percent: 0, burst: 1)).Stored(0);

        put.Silent(1).Failed(2);
        Assert.Equal(4, put.Sent.Count);
        put.Failed(3).Failed(1);

        Assert.Equal(4, put.Sent.Count);
        Assert.True(put.Engine.IsComplete);
        Assert.Equal(1, put.Engine.CopiesStored);
    }

    [Fact]
    public void While_nobody_answers_a_silent_replica_is_replaced_within_the_budget_also_before_the_reply_and_its_late_answer_counts()
    {
        var put = new Put(CommitLevel.Quorum, None);

        put.Silent(0, isToBlame: false).Silent(1, isToBlame: false).Silent(2, isToBlame: false);
        Assert.Equal(3, put.Sent.Count);
        Assert.False(put.Engine.IsAcknowledged || put.Engine.IsFailed);

        Assert.True(put.Stored(2).Stored(0).Engine.IsAcknowledged);
    }

    [Fact]
    public void A_late_replica_that_then_fails_is_replaced_before_the_reply_whatever_the_budget()
    {
        var put = new Put(CommitLevel.All, None);

        put.Silent(0, isToBlame: false).Failed(0);

        Assert.Equal(4, put.Sent.Count);
    }

    [Fact]
    public void A_put_that_could_not_succeed_otherwise_is_given_its_replacement_whatever_the_budget()
    {
        var put = new Put(CommitLevel.All, None);

        put.Overloaded(0).Silent(1, isToBlame: false);

        Assert.Equal(4, put.Sent.Count);
        Assert.False(put.Engine.IsFailed);
    }

    [Theory]
    [InlineData(CommitLevel.One)]
    [InlineData(CommitLevel.Quorum)]
    [InlineData(CommitLevel.All)]
    public void A_cluster_in_which_every_replica_is_slow_gets_no_more_writes_than_asked_for_and_the_budget(CommitLevel level)
    {
        const int Blocks = 1_000;
        var budget = new ReplacementBudget(percent: 10, burst: 20);
        var slow = new SlowCluster(Peers, budget);

        for (var block = 0; block < Blocks; block++)
        {
            slow.Begin(level, now: block * 10);
        }

        slow.Finish(until: Blocks * 10 + 60_000);

        Assert.Equal(Blocks, slow.Acknowledged);
        Assert.InRange(slow.Writes, 3 * Blocks, (3 * Blocks * 112 / 100) + 20);
    }

    /// <summary>A put on a table whose peers are named by the order in which they were asked.</summary>
    private sealed class Put
    {
        public Put(CommitLevel level, ReplacementBudget budget)
        {
            var copyset = PlacementPlanner.Draw(Peers, TestTopology.Policy(3, 2), TestTopology.At(Peers, 1), new Random(1));
            Engine = new PutEngine(
                copyset, CommitRequirement.Create(level, 3), TestAvailability.AllOf(Peers), new Random(1), budget: budget);
            Take(Engine.Start());
        }

        public PutEngine Engine { get; }

        public List<int> Sent { get; } = [];

        public Put Stored(int nth) => Take(Engine.OnStored(Sent[nth]));

        public Put Failed(int nth) => Take(Engine.OnFailed(Sent[nth], "It broke."));

        public Put Overloaded(int nth) => Take(Engine.OnOverloaded(Sent[nth], TimeSpan.FromSeconds(1)));

        public Put Silent(int nth, bool isToBlame = true) => Take(Engine.OnSilent(Sent[nth], isToBlame));

        private Put Take(IEnumerable<PutAction> actions)
        {
            Sent.AddRange(actions.OfType<SendReplica>().Select(send => send.Target.PeerIndex));
            return this;
        }
    }

    /// <summary>Every peer answers half a second after the replica deadline; the coordinator's own as well.</summary>
    private sealed class SlowCluster(Topology topology, ReplacementBudget budget)
    {
        private const long Deadline = 2_000;
        private const long Slowness = 2_500;

        private readonly PriorityQueue<Action<long>, (long Time, int Number)> _events = new();
        private readonly PeerHealth _health = new(PeerId.Parse("p1"), TimeSpan.FromMilliseconds(Deadline), TimeSpan.FromMilliseconds(Deadline));
        private readonly Random _random = new(5);
        private long _now;
        private int _number;

        public int Writes { get; private set; }

        public int Acknowledged { get; private set; }

        public void Begin(CommitLevel level, long now)
        {
            Finish(now);
            var copyset = PlacementPlanner.Draw(topology, TestTopology.Policy(3, 2), TestTopology.At(topology, 1), _random);
            var engine = new PutEngine(copyset, CommitRequirement.Create(level, 3), new Availability(this), _random, budget: budget);
            Perform(engine, engine.Start());
        }

        public void Finish(long until)
        {
            while (_events.TryPeek(out var happens, out var when) && when.Time <= until)
            {
                _events.Dequeue();
                _now = when.Time;
                happens(_now);
            }

            _now = until;
        }

        private void Perform(PutEngine engine, IEnumerable<PutAction> actions)
        {
            foreach (var action in actions)
            {
                Acknowledged += action is AcknowledgePut ? 1 : 0;
                if (action is SendReplica send)
                {
                    Send(engine, send.Target);
                }
            }
        }

        private void Send(PutEngine engine, ReplicaTarget target)
        {
            Writes++;
            budget.OnReplicaWrite();
            _health.OnAsked(target.Peer, _now);
            At(_now + Deadline, now => Perform(engine, engine.OnSilent(target.PeerIndex, _health.OnSilent(target.Peer, now))));
            At(_now + Slowness, now =>
            {
                _health.OnAnswer(target.Peer, now, isTimely: false);
                Perform(engine, engine.OnStored(target.PeerIndex));
            });
        }

        private void At(long time, Action<long> happens) => _events.Enqueue(happens, (time, _number++));

        private sealed class Availability(SlowCluster cluster) : IPeerAvailability
        {
            public AlivePeers Alive { get; } = new(cluster.Topology, static _ => true);

            public PeerAvailability Of(int peerIndex) =>
                cluster._health.IsAvoided(cluster.Topology[peerIndex].Id, cluster._now) ? PeerAvailability.Avoided : PeerAvailability.Available;
        }

        private Topology Topology => topology;
    }
}
