using System.Text;
using AllData.Configuration;
using AllData.Encryption;
using AllData.Errors;
using AllData.Events;
using AllData.Peers;
using AllData.Reading;
using AllData.Replication;
using AllData.Security;
using AllData.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace AllData.Tests.Cluster;

/// <summary>Encryption at rest in a cluster of real silos and stores.</summary>
public sealed class EncryptionTests
{
    private const string Secret = "the words that no disk may have";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private static readonly EventPayload Payload = EventPayload.FromText($$"""{"text":"{{Secret}}"}""");

    [Fact]
    public async Task A_peer_without_the_key_is_refilled_and_scrubbed_and_no_disk_has_the_plaintext()
    {
        using var keys = new TemporaryDirectory();
        var file = Path.Combine(keys.Path, "key");
        PrivateFiles.Write(file, Convert.ToBase64String(Enumerable.Repeat((byte)7, PayloadKey.Length).ToArray()));
        await using var cluster = await StartAsync(
            (spec, options) => options.Encryption.KeyFile = spec.Id == "west-c" ? "" : file);
        var key = (await cluster.CoordinatorOn("north-a").Put(Payload, new PutOptions { Level = CommitLevel.All })).Key;

        await cluster.KillAsync("west-c");
        Directory.Delete(cluster.DataDirectoryOf("west-c"), recursive: true);
        await cluster.RestartAsync("west-c");
        var scrub = await Eventually.IsAsync(
            "waiting until west-c holds the event again", () => ScrubAsync(cluster, "west-c"), static scrub => scrub.Events == 1, Bound);

        Assert.Empty(scrub.Damage);
        Assert.Equal(Payload, Assert.Single((await cluster.CoordinatorReadAsync("north-a", key)).Events).Payload);
        var unreadable = Assert.Single((await cluster.CoordinatorReadAsync("west-c", key)).Events);
        Assert.Equal((PayloadFault.KeyMissing, 3), (unreadable.Unreadable?.Fault, unreadable.Holders.Length));
        foreach (var stored in AllDataCluster.Six[..3]
            .SelectMany(peer => Directory.GetFiles(Path.Combine(cluster.DataDirectoryOf(peer.Id), "intervals"))))
        {
            Assert.True(ReadShared(stored).IndexOf(Encoding.UTF8.GetBytes(Secret)) < 0, $"{stored} has the plaintext.");
        }
    }

    [Fact]
    public async Task A_retry_finds_its_event_whatever_key_is_the_newest_by_then_and_another_event_is_a_conflict()
    {
        var keys = new TestKeys();
        await using var cluster = await StartAsync(services: services => services.AddSingleton<IPayloadKeyProvider>(keys));
        var coordinator = cluster.CoordinatorOn("north-a");
        var reserved = await coordinator.ReserveKeys(3);
        await coordinator.Put(reserved[0], Payload);
        keys.Set(TestKeys.Key(1));
        await coordinator.Put(reserved[1], Payload);
        keys.Set(TestKeys.Key(2), TestKeys.Key(1));
        await coordinator.Put(reserved[2], Payload);

        foreach (var key in reserved)
        {
            var again = await cluster.CoordinatorOn("north-b").Put(key, Payload);
            Assert.Equal((PutOutcome.AlreadyStored, key), (again.Outcome, again.Key));
            await Assert.ThrowsAsync<KeyConflictException>(() => cluster.CoordinatorOn("west-c").Put(key, EventPayload.FromText("{}")));
            Assert.Equal(Payload, Assert.Single((await cluster.CoordinatorReadAsync("west-c", key)).Events).Payload);
        }
    }

    [Fact]
    public async Task Without_its_key_an_event_is_counted_and_named_and_cannot_be_read()
    {
        var keys = new TestKeys(TestKeys.Key(1));
        await using var cluster = await StartAsync(services: services => services.AddSingleton<IPayloadKeyProvider>(keys));
        var former = (await cluster.CoordinatorOn("north-a").Put(Payload)).Key;
        keys.Set(TestKeys.Key(2));
        var later = (await cluster.CoordinatorOn("north-a").Put(Payload)).Key;

        var scan = cluster.Client.CreateEventReader().Scan(ScanRange.All);
        var events = new List<ScannedEvent>();
        await foreach (var e in scan)
        {
            events.Add(e);
        }

        Assert.Equal([former, later], events.Select(static e => e.Key));
        Assert.Equal((PayloadFault.KeyMissing, TestKeys.Key(1).Id), (events[0].Unreadable!.Fault, events[0].Unreadable!.EncryptionKeyId));
        Assert.Null(events[1].Unreadable);
        Assert.Equal(Payload.Bytes, events[1].Payload.ToArray());
        Assert.Equal(events.Select(static e => (e.Key, e.Unreadable?.Fault)), await FollowAsync(cluster, events.Count));
        Assert.Equal((2, 1, 0, true), (scan.Outcome.Events, scan.Outcome.Unreadable, scan.Outcome.Conflicts, scan.Outcome.IsComplete));
    }

    private static async Task<List<(EventKey Key, PayloadFault? Fault)>> FollowAsync(AllDataCluster cluster, int count)
    {
        var given = new List<(EventKey, PayloadFault?)>();
        await foreach (var e in cluster.Client.CreateEventReader().FollowAsync(FollowStart.Beginning))
        {
            given.Add((e.Key, e.Unreadable?.Fault));
            if (given.Count == count)
            {
                break;
            }
        }

        return given;
    }

    private static Task<AllDataCluster> StartAsync(
        Action<PeerSpec, AllDataOptions>? configure = null, Action<IServiceCollection>? services = null) => AllDataCluster.StartAsync(
            AllDataCluster.Six[..3],
            (spec, options) =>
            {
                options.Repair.Round = TimeSpan.FromMilliseconds(100);
                options.Repair.Settle = TimeSpan.FromMilliseconds(500);
                configure?.Invoke(spec, options);
            },
            services: services);

    private static async Task<(long Events, List<string> Damage)> ScrubAsync(AllDataCluster cluster, string peer)
    {
        var (events, damage) = (0L, new List<string>());
        for (var position = ScrubPosition.Start; position is not null;)
        {
            var page = await cluster.Client.GetReplica(PeerId.Parse(peer)).Scrub(position);
            events += page.Events;
            damage.AddRange(page.Damage);
            position = page.Next;
        }

        return (events, damage);
    }

    // A silo has it open.
    private static ReadOnlySpan<byte> ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
