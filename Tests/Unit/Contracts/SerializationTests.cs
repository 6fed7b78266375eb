using AllData.Certificates;
using AllData.Consumers;
using AllData.Errors;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Puts;
using AllData.Reading;
using AllData.Replication;
using AllData.Reports;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace AllData.Tests.Unit.Contracts;

/// <summary>Everything that crosses a grain boundary arrives as it was sent, errors with their data.</summary>
public sealed class SerializationTests : IDisposable
{
    private static readonly EventKey Key = EventKey.Parse("20261122T101112345000150007");
    private static readonly PeerId Peer = PeerId.Parse("north-a");
    private static readonly Replica Replica = new(Peer, new PeerLocation("north", "a"));
    private static readonly EventDigest Digest = new(new UInt128(1, 2));
    private static readonly KeyConflict Conflict = new(Key, Digest, new EventDigest(new UInt128(3, 4)));

    private static readonly RegionOutage Outage = new("west", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    public static TheoryData<PutException> PutErrors() =>
    [
        new NotEnoughPeersException("few", 3, 2, Key),
        new NotEnoughRegionsException("cut off", [Outage], Key) { MinRegions = 3, ReachableRegions = 1, MinZones = 4, ReachableZones = 2 },
        new ClusterDroppedException("dropped", 7, Key),
        new InvalidEventException("bad", Key),
        new InvalidKeyException("bad", Key),
        new EventTooLargeException("large", 10, 11, Key),
        new OtherStoreException("other", Guid.Parse("6d1f4a5e-0000-4000-8000-000000000001"), Guid.Parse("6d1f4a5e-0000-4000-8000-000000000002"), Key),
        new OverloadedException("busy", TimeSpan.FromSeconds(2), Key),
        new KeysUnavailableException("none") { Key = Key, RetryAfter = TimeSpan.FromSeconds(3) },
        new TopicsNotSupportedException("early") { Key = Key },
        new CommitLevelNotReachedException("level", 2, [Replica], [new ReplicaFailure(Peer, "dead")], Key),
        new PutOutcomeUnknownException("late", [Replica], [Peer], Key),
        new KeyConflictException("taken", Conflict),
    ];

    [Fact]
    public void Values_arrive_as_they_were_sent()
    {
        Assert.Equal(Key, RoundTrip(Key));
        Assert.Equal(Peer, RoundTrip(Peer));
        Assert.Equal(Digest, RoundTrip(Digest));
        Assert.Equal(EventPayload.FromText("{}"), RoundTrip(EventPayload.FromText("{}")));
        Assert.Equal(new ClockReading(5, 6), RoundTrip(new ClockReading(5, 6)));
        var interval = Interval.Containing(Key.UnixMilliseconds, TimeSpan.FromHours(1));
        Assert.Equal(interval, RoundTrip(interval));
        var numbers = new NumberReport(3, 28_000_000, interval, -1, 12, NumberRanges.Of([4L, 5L, 9L]), NumberRanges.None, false);
        Assert.Equal(numbers, RoundTrip(numbers));
        Assert.Equal([1, 2], RoundTrip(new BlockBytes([1, 2])).Bytes);
        var held = RoundTrip(new HeldKey(Key, [Digest, Digest]));
        Assert.Equal([Digest, Digest], held.Digests.AsEnumerable());
        Assert.Equal(Conflict, RoundTrip(new AppendReply(AppendStatus.Conflict, "taken", Conflict)).Conflict);
        var batch = RoundTrip(EventBatch.OfKeyed([KeyValuePair.Create(Key, EventPayload.FromText("{}"))]));
        Assert.True(batch.HasKeys);
        Assert.Equal(1, batch.Count);
        var reader = batch.GetReader();
        Assert.True(reader.MoveNext());
        Assert.Equal(Key, reader.Current.Key);
    }

    [Fact]
    public void A_receipt_and_a_topology_arrive_as_they_were_sent()
    {
        var receipt = RoundTrip(new PutReceipt(Key, PutOutcome.AlreadyStored, [Replica], CommitLevel.All, Adherence.Relaxed) { Pending = [Replica] });
        Assert.Equal((Key, PutOutcome.AlreadyStored, CommitLevel.All, Adherence.Relaxed), (receipt.Key, receipt.Outcome, receipt.Level, receipt.Adherence));
        Assert.Equal([Replica], receipt.Replicas.AsEnumerable());
        Assert.Equal([Replica], receipt.Pending.AsEnumerable());

        var descriptor = new PeerDescriptor(Peer, Replica.Location, PeerStatus.Draining, Stores: true, 7, Guid.NewGuid(), "http://x");
        var putOnly = descriptor with { Id = PeerId.Parse("old-1"), Stores = false, Ordinal = 8, Client = "alldata-http", Address = "http://10.0.0.9:8080/" };
        var topology = RoundTrip(new TopologySnapshot
        {
            Version = 3,
            ClusterId = Guid.NewGuid(),
            IntervalLength = TimeSpan.FromHours(1),
            Peers = [descriptor, putOnly],
            Ordinals = [new DirectoryOrdinal(7, Peer, descriptor.Directory) { PublicKey = "key", GivenAt = 5, EndedAt = 6 }],
            Replacements = [new PeerReplacement(3, Peer, 7, ReplacementReason.Away, [new(8, new("south", "c"))]) { Location = Replica.Location }],
        });
        Assert.Equal(("key", 5, 6), (topology.Ordinals[0].PublicKey, topology.Ordinals[0].GivenAt, topology.Ordinals[0].EndedAt));
        Assert.Equal([descriptor, putOnly], topology.Peers.AsEnumerable());
        Assert.Equal([false, true], topology.Peers.Select(static p => p.IsPutOnly));
        var seen = RoundTrip(new SeenTopology("1-7 600", topology));
        Assert.Equal(("1-7 600", 3L), (seen.Ordinals, seen.Topology.Version));
        Assert.Equal(7, Assert.Single(topology.Ordinals).Ordinal);
        Assert.Equal(TimeSpan.FromHours(1), topology.IntervalLength);
        var entry = Assert.Single(topology.Replacements);
        Assert.Equal((3, Peer, 7, ReplacementReason.Away, Replica.Location), (entry.Version, entry.Peer, entry.Ordinal, entry.Reason, entry.Location));
        Assert.Equal(new ReplacementCandidate(8, new PeerLocation("south", "c")), Assert.Single(entry.Candidates));
    }

    [Fact]
    public void A_link_arrives_as_it_was_sent()
    {
        var link = RoundTrip(new LinkReport(1, "west", ["west", "west-2"], LinkState.CutOff, DateTimeOffset.UnixEpoch.AddYears(56)));

        Assert.Equal((1, "west", LinkState.CutOff, DateTimeOffset.UnixEpoch.AddYears(56)), (link.Cluster, link.Name, link.State, link.Since));
        Assert.Equal(["west", "west-2"], link.Regions.AsEnumerable());
    }

    [Fact]
    public void What_is_said_of_a_region_that_leaves_arrives_as_it_was_sent()
    {
        var dropped = RoundTrip(new DroppedRegion { Region = "west", At = DateTimeOffset.UnixEpoch, Blocks = 1, Events = 2, Unknown = ["why"] });
        Assert.Equal(("west", DateTimeOffset.UnixEpoch, 1, 2, "why"), (dropped.Region, dropped.At, dropped.Blocks, dropped.Events, dropped.Unknown.Single()));

        var check = RoundTrip(new RegionCheck
        {
            Region = "west",
            Cluster = "far",
            Check = new DepartureCheck
            {
                MinutesChecked = 1,
                MinutesTotal = 2,
                Blocks = 3,
                Events = 4,
                Shortages = [],
                NotAnswering = [Peer],
                IsEnded = true,
            },
            OnlyThereBlocks = 5,
            OnlyThereEvents = 6,
            Peers = [Peer],
            Active = [Peer],
            IsKnown = true,
            Store = Guid.Parse("6d1f4a5e-0000-4000-8000-000000000001"),
            DocumentVersion = 7,
            IsConfirmed = true,
            DocumentDigest = "5b0c",
        });
        Assert.Equal(("west", "far", true, 7), (check.Region, check.Cluster, check.IsKnown, check.DocumentVersion));
        Assert.Equal((true, "5b0c"), (check.IsConfirmed, check.DocumentDigest));
        Assert.Equal((5, 6), (check.OnlyThereBlocks, check.OnlyThereEvents));
        Assert.Equal((Peer, Peer, Peer), (check.Peers.Single(), check.Active.Single(), check.Silent.Single()));

        var refused = Assert.IsType<RegionRefusedException>(RoundTrip<Exception>(new RegionRefusedException("last", "west", RegionRefusal.Last)));
        Assert.Equal(("last", "west", RegionRefusal.Last), (refused.Message, refused.Region, refused.Reason));
    }

    [Fact]
    public void What_is_asked_and_said_of_regions_arrives_as_it_was_sent()
    {
        var asked = new PutOptions { Level = CommitLevel.All, MinRegions = 2, Else = CommitLevel.One };
        Assert.Equal(asked, RoundTrip(asked));
        var regions = new RegionCoverage(1, 2) { Owed = [Outage], FellBack = true };
        CheckRegions(RoundTrip(new PutReceipt(Key, PutOutcome.Stored, [Replica], CommitLevel.One, Adherence.Relaxed) { Regions = regions }));
        CheckRegions(RoundTrip(PutResults.Pack([(Key, new PutAnswer { Level = CommitLevel.One, Regions = regions })]))[0].Receipt!);

        var silent = RoundTrip(new PutReceipt(Key, PutOutcome.Stored, [Replica], CommitLevel.One, Adherence.Strict));
        Assert.Equal((null, true, false), (silent.Regions, silent.Owed.IsEmpty, silent.HasFallenBack));

        static void CheckRegions(PutReceipt receipt)
        {
            Assert.Equal((1, 2, true), (receipt.Regions!.Held, receipt.Regions.Wanted, receipt.HasFallenBack));
            Assert.Equal([Outage], receipt.Owed.AsEnumerable());
        }
    }

    [Fact]
    public void The_results_of_a_put_of_many_arrive_each_in_its_place()
    {
        var stored = new PutAnswer { Replicas = [Replica], Pending = [Replica], Level = CommitLevel.All, Adherence = Adherence.Relaxed };
        var failed = PutAnswer.Failed(new PutOutcomeUnknownException("late", [Replica], [Peer]));
        var refused = PutAnswer.Failed(new InvalidEventException("bad"));
        var results = RoundTrip(PutResults.Pack([(Key, stored), (null, refused), (Key, failed), (Key, stored)]));

        Assert.Equal(4, results.Count);
        Assert.Equal(3, results.Answers.Length);
        Assert.Equal(results[0].Receipt!.Replicas.AsEnumerable(), results[3].Receipt!.Replicas.AsEnumerable());
        Assert.Equal((Key, CommitLevel.All, Adherence.Relaxed), (results[3].Receipt!.Key, results[3].Receipt!.Level, results[3].Receipt!.Adherence));
        Assert.Equal([Replica], results[0].Receipt!.Pending.AsEnumerable());
        Assert.Null(Assert.IsType<InvalidEventException>(results[1].Error).Key);
        var unknown = Assert.IsType<PutOutcomeUnknownException>(results[2].Error);
        Assert.Equal((Key, "late"), (unknown.Key!.Value, unknown.Message));
        Assert.Equal([Peer], unknown.Pending.AsEnumerable());
    }

    [Fact]
    public void Results_that_share_an_answer_carry_it_once()
    {
        var stored = new PutAnswer { Outcome = PutOutcome.Stored, Replicas = [Replica] };
        var results = RoundTrip(PutResults.Pack([.. Enumerable.Repeat<(EventKey?, PutAnswer)>((Key, stored), 1_000)]));
        Assert.Equal((1_000, 1), (results.Count, results.Answers.Length));
        Assert.All(results, result => Assert.Equal(Key, result.Receipt!.Key));
    }

    [Fact]
    public void What_a_replica_holds_arrives_as_it_was_sent()
    {
        var interval = Interval.Containing(Key.UnixMilliseconds, TimeSpan.FromHours(1));
        var stored = new StoredInterval(interval, IntervalState.Closed, 1, 2, 3, Digest, "file", "cut");
        Assert.Equal(new IntervalClosed(Peer, stored), RoundTrip(new IntervalClosed(Peer, stored)));
        var certified = new CertifiedInterval(interval, 2, CertificateState.Complete, 3, 1, TreeHash.Parse(new string('a', 64)), 5);
        var cluster = RoundTrip(new ClusterCertificates("west", [certified], "It is silent."));
        Assert.Equal(("west", certified, "It is silent."), (cluster.Cluster, cluster.Sealed.Single(), cluster.Failure));
        Assert.Equal(new BucketRange(new(1), new(2), 3), RoundTrip(new BucketRange(new(1), new(2), 3)));
        var bucket = new BucketSum(new(-7), new(1), 2, 3, Digest);
        var buckets = RoundTrip(new BucketPage([bucket], new(9), [new DamagedInterval(interval, "cut")]));
        Assert.Equal((bucket, new UnixMinute(9), new DamagedInterval(interval, "cut")),
            (buckets.Buckets.Single(), buckets.CoveredTo, buckets.Damaged.Single()));
        var position = new BlockPosition(Key, Key, 5);
        var range = RoundTrip(new BlockRange(Key, Key, [new(-7)], position, 6));
        Assert.Equal((Key, Key, new CopysetId(-7), position, 6), (range.From, range.To, range.Copysets.Single(), range.After, range.MaxBytes));
        var page = RoundTrip(new BlockPage([1, 2], [new DamagedBlock(new(-7), Key, Key, "cut")], position));
        Assert.Equal([1, 2], page.Blocks);
        Assert.Equal((new DamagedBlock(new(-7), Key, Key, "cut"), position), (page.Damaged.Single(), page.Next));
        var scrub = RoundTrip(new ScrubPage(interval, 1, 2, 3, ["cut"], new ScrubPosition(interval, new(4))));
        Assert.Equal((interval, 1L, 2L, 3L, "cut", new ScrubPosition(interval, new(4))),
            (scrub.Interval, scrub.Blocks, scrub.Events, scrub.Bytes, scrub.Damage.Single(), scrub.Next));
    }

    [Fact]
    public void What_is_asked_and_said_about_given_keys_arrives_as_it_was_sent()
    {
        var inquiry = RoundTrip(new KeyInquiry([new KeyDigest(Key, Digest)], [Key]));
        Assert.Equal((new KeyDigest(Key, Digest), Key), (inquiry.Claiming.Single(), inquiry.Looking.Single()));
        var held = RoundTrip(new HeldKey(Key, [Digest]) { Claimed = Digest, Copysets = [new CopysetDefinition(new(-7), [1, 2], 3)] });
        Assert.Equal((Key, Digest, Digest), (held.Key, held.Digests.Single(), held.Claimed));
        Assert.Equal((new CopysetId(-7), 2, 3), (held.Copysets.Single().Id, held.Copysets.Single().Ordinals.Length, held.Copysets.Single().ReplicationFactor));
    }

    [Fact]
    public void A_scan_arrives_as_it_was_sent()
    {
        var range = new ScanRange { From = Key, To = EventKey.MaxValue, After = Key, Limit = 7 };
        Assert.Equal(range, RoundTrip(range));
        var doubt = new ScanDoubt(Key, EventKey.MaxValue, Peer, "silent") { Cluster = "west" };
        var page = RoundTrip(new ScanPage([1, 2, 3], 4, Key, [Key], [doubt], isLast: true) { UnsafeFrom = Key });
        Assert.Equal(Key, page.UnsafeFrom);
        Assert.Equal([1, 2, 3], page.Records.ToArray());
        Assert.Equal((4, Key, Key, doubt, true), (page.Count, page.LastKey, page.Conflicts.Single(), page.Doubts.Single(), page.IsLast));
        var store = Guid.Parse("6d1f4a5e-0000-4000-8000-000000000001");
        Assert.Equal(store, RoundTrip(page.From(store)).Store);
        var followed = RoundTrip(new FollowPage(page, Key, null, [doubt]) { Store = store });
        Assert.Equal(
            (Key, null, doubt, store, 4),
            (followed.Position!.Value, followed.SafeUpTo, followed.HeldUpBy.Single(), followed.Store!.Value, followed.Events!.Count));
        Assert.Equal(FollowStart.After(Key), RoundTrip(FollowStart.After(Key)));
        var read = RoundTrip(new EventReadResult(Key, [], []) { Store = store, Doubt = "why" });
        Assert.Equal((store, "why"), (read.Store!.Value, read.Doubt));
        Assert.Equal(store, RoundTrip(EventBatch.OfRecords([], 0, hasKeys: true, store)).Store);
        var outcome = RoundTrip(new ScanOutcome(1, 2, [doubt]) { SafeUpTo = Key });
        Assert.Equal(Key, outcome.SafeUpTo);
        Assert.Equal((1L, 2L, doubt, false), (outcome.Events, outcome.Conflicts, outcome.Doubts.Single(), outcome.IsComplete));
        Assert.Equal(8, Assert.IsType<TooManyScansException>(RoundTrip<Exception>(new TooManyScansException(8))).Limit);
        var followers = Assert.IsType<TooManyFollowersException>(RoundTrip<Exception>(new TooManyFollowersException(4, "app")));
        Assert.Equal((4, "app"), (followers.Limit, followers.Caller));
    }

    [Fact]
    public void How_far_a_consumer_is_arrives_as_it_was_sent()
    {
        var at = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var consumer = new ConsumerPosition
        {
            Name = ConsumerName.Parse("billing"),
            Position = Key,
            Epoch = 7,
            Holder = "one",
            WrittenAt = at,
            HeldSince = at.AddSeconds(1),
            CreatedAt = at.AddSeconds(2),
        };
        Assert.Equal(consumer, RoundTrip(consumer));
        Assert.Equal(default, RoundTrip(default(ConsumerName)));
        Assert.Equal(consumer.Mark, RoundTrip(consumer.Mark));
        var moved = Assert.IsType<ConsumerMovedException>(
            RoundTrip<Exception>(new ConsumerMovedException("moved") { Position = Key, WrittenAt = at, Epoch = 7, Holder = "one" }));
        Assert.Equal(("moved", Key, at, 7, "one"), (moved.Message, moved.Position!.Value, moved.WrittenAt, moved.Epoch, moved.Holder));
        Assert.Equal(Key, Assert.IsType<InvalidPositionException>(RoundTrip<Exception>(new InvalidPositionException("no") { Kept = Key })).Kept);
        Assert.Equal("a", Assert.IsType<ConsumerNotFoundException>(RoundTrip<Exception>(new ConsumerNotFoundException("a"))).Name);
        Assert.Equal(3, Assert.IsType<TooManyConsumersException>(RoundTrip<Exception>(new TooManyConsumersException(3))).Limit);
        Assert.Equal("no", RoundTrip<Exception>(new InvalidConsumerNameException("no")).Message);
    }

    [Theory]
    [MemberData(nameof(PutErrors))]
    public void An_error_arrives_as_its_own_type_with_its_data(PutException error)
    {
        var arrived = (PutException)RoundTrip<Exception>(error);

        Assert.Equal(error.GetType(), arrived.GetType());
        foreach (var property in error.GetType().GetProperties().Where(p => p.DeclaringType!.Assembly == typeof(PutException).Assembly))
        {
            Assert.Equivalent(property.GetValue(error), property.GetValue(arrived), strict: true);
        }

        Assert.Equal(error.Message, arrived.Message);
    }

    [Fact]
    public void Every_kind_of_put_error_is_among_those_tested() => Assert.Equal(
        typeof(PutException).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(PutException))).Select(t => t.Name).Order(),
        ((IEnumerable<object[]>)PutErrors()).Select(row => row[0].GetType().Name).Order());

    [Fact]
    public void Refusals_of_the_registry_arrive_with_the_peer_that_they_name()
    {
        Assert.Equal(Peer, Assert.IsType<PeerRefusedException>(RoundTrip<Exception>(new PeerRefusedException("no", Peer))).Peer);
        Assert.Equal(Peer, Assert.IsType<PeerNotHostedException>(RoundTrip<Exception>(new PeerNotHostedException(Peer))).Peer);
        Assert.Equal("away", Assert.IsType<RegistryUnavailableException>(RoundTrip<Exception>(new RegistryUnavailableException("away"))).Message);
    }

    public void Dispose() => _services.Dispose();

    private T RoundTrip<T>(T value)
    {
        var serializer = _services.GetRequiredService<Serializer>();
        return serializer.Deserialize<T>(serializer.SerializeToArray(value))!;
    }
}
