using System.Collections.Immutable;
using AllData.Errors;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Replication;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace AllData.Tests.Unit.Contracts;

/// <summary>Every contract crosses a grain boundary with all of its data: a codec that is wrong shows itself only at run time.</summary>
public sealed class ContractSerializationTests
{
    private static readonly Serializer Serializer =
        new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();

    private static readonly EventKey Key = EventKey.Create(1_700_000_000_123, 42, 50_007);
    private static readonly EventPayload Payload = EventPayload.FromText("""{"foo":"bar"}""");
    private static readonly EventDigest Digest = EventDigest.Of(Key, Payload.Bytes);
    private static readonly PeerId Peer = PeerId.Parse("north-a");
    private static readonly Replica Replica = new(Peer, new PeerLocation("north", "a"));
    private static readonly PeerDescriptor Descriptor =
        new(Peer, Replica.Location, PeerStatus.Draining, Stores: true, Ordinal: 7, Guid.NewGuid(), "http://127.0.0.1:8081");

    [Fact]
    public void A_key_survives() => Assert.Equal(Key, RoundTrip(Key));

    [Fact]
    public void A_payload_survives() => Assert.Equal(Payload, RoundTrip(Payload));

    [Fact]
    public void A_digest_survives() => Assert.Equal(Digest, RoundTrip(Digest));

    [Fact]
    public void A_peer_and_its_location_survive() => Assert.Equal(Replica, RoundTrip(Replica));

    [Fact]
    public void A_key_conflict_survives()
    {
        var conflict = new KeyConflict(Key, Digest, EventDigest.Of("other"u8));
        Assert.Equal(conflict, RoundTrip(conflict));
    }

    [Fact]
    public void An_interval_survives()
    {
        var interval = Interval.Containing(Key.UnixMilliseconds, TimeSpan.FromHours(1));
        Assert.Equal(interval, RoundTrip(interval));
    }

    [Fact]
    public void A_batch_survives()
    {
        var copy = RoundTrip(EventBatch.OfKeyed([KeyValuePair.Create(Key, Payload)]));
        var reader = copy.GetReader();
        Assert.Equal((1, true), (copy.Count, copy.HasKeys));
        Assert.True(reader.MoveNext());
        Assert.Equal((Key, Payload), (reader.Current.Key, EventPayload.FromBytes(reader.Current.Payload.ToArray())));
    }

    [Fact]
    public void A_receipt_survives()
    {
        var receipt = new PutReceipt(Key, PutOutcome.AlreadyStored, [Replica], CommitLevel.All, Adherence.Relaxed);
        var copy = RoundTrip(new PutResult(receipt, null)).Receipt!;
        Assert.Equal(Replica, Assert.Single(copy.Replicas));
        Assert.Equal(receipt with { Replicas = default }, copy with { Replicas = default });
    }

    [Fact]
    public void A_read_result_survives()
    {
        var copy = RoundTrip(new ReadResult(Key, [new StoredEvent(Payload, Digest, [Peer])], [PeerId.Parse("west-c")]));
        var stored = Assert.Single(copy.Events);
        Assert.Equal((Key, Payload, Digest, Peer), (copy.Key, stored.Payload, stored.Digest, Assert.Single(stored.Holders)));
        Assert.Equal("west-c", Assert.Single(copy.Silent).Value);
    }

    [Fact]
    public void The_answers_of_a_replica_survive()
    {
        var reply = new AppendReply(AppendStatus.Overloaded, "Busy.", new KeyConflict(Key, Digest, default), TimeSpan.FromSeconds(2));
        Assert.Equal(reply, RoundTrip(reply));
        Assert.Equal(new KeyDigest(Key, Digest), RoundTrip(new KeyDigest(Key, Digest)));
        Assert.Equal(Digest, Assert.Single(RoundTrip(new HeldKey(Key, [Digest])).Digests));
    }

    [Fact]
    public void The_options_of_a_put_survive()
    {
        var options = new PutOptions { Level = CommitLevel.One, MinZones = 2, MinRegions = 3, Deadline = TimeSpan.FromSeconds(4) };
        Assert.Equal(options, RoundTrip(options));
    }

    [Fact]
    public void A_topology_survives()
    {
        var topology = new TopologySnapshot
        {
            Version = 3,
            ClusterId = Guid.NewGuid(),
            IntervalLength = TimeSpan.FromHours(3),
            Peers = [Descriptor],
            Ordinals = [new DirectoryOrdinal(7, Peer, Descriptor.Directory)],
        };
        var copy = RoundTrip(topology);
        Assert.Equal(Descriptor, Assert.Single(copy.Peers));
        Assert.Equal(topology.Ordinals[0], Assert.Single(copy.Ordinals));
        Assert.Equal(topology with { Peers = default, Ordinals = default }, copy with { Peers = default, Ordinals = default });
        Assert.Equal(new PeerView(Descriptor, true), RoundTrip(new PeerView(Descriptor, true)));
    }

    [Fact]
    public void Errors_survive_with_their_data()
    {
        ImmutableArray<ReplicaFailure> failures = [new ReplicaFailure(Peer, "Disk full.")];
        var level = Check(new CommitLevelNotReachedException("Level.", 2, [Replica], failures, Key));
        Assert.Equal((2, Replica, failures[0]), (level.Needed, Assert.Single(level.Holders), Assert.Single(level.Failures)));
        Assert.Equal((3, 2), Select(Check(new NotEnoughPeersException("Peers.", 3, 2, Key)), e => (e.ReplicationFactor, e.PeersKnown)));
        Assert.Equal((10L, 11L), Select(Check(new EventTooLargeException("Large.", 10, 11, Key)), e => (e.Limit, e.Size)));
        Assert.Equal(TimeSpan.FromSeconds(3), Check(new OverloadedException("Busy.", TimeSpan.FromSeconds(3), Key)).RetryAfter);
        Assert.Equal(Peer, Assert.Single(Check(new PutOutcomeUnknownException("Late.", [Replica], [Peer], Key)).Pending));
        var conflict = new KeyConflict(Key, Digest, default);
        Assert.Equal(conflict, Check(new KeyConflictException("Taken.", conflict)).Conflict);
        Check(new InvalidEventException("Bad.", Key));
        Check(new InvalidKeyException("Bad.", Key));
        Check(new KeysUnavailableException("None."));
    }

    private static T Check<T>(T error)
        where T : PutException
    {
        var copy = Assert.IsType<T>(RoundTrip<Exception>(error));
        Assert.Equal((error.Message, error.Key, error.Written), (copy.Message, copy.Key, copy.Written));
        return copy;
    }

    private static TResult Select<T, TResult>(T value, Func<T, TResult> selector) => selector(value);

    private static T RoundTrip<T>(T value) => Serializer.Deserialize<T>(Serializer.SerializeToArray(value))!;
}
