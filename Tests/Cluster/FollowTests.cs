using System.Collections.Concurrent;
using AllData.Errors;
using AllData.Events;
using AllData.Reading;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Cluster;

/// <summary>A reader that follows what is put.</summary>
public sealed class FollowTests
{
    private const int Writers = 24;
    private const int PutsOfWriter = 60;

    [Fact]
    public async Task A_reader_that_goes_on_where_it_is_safe_misses_no_event_that_is_put_meanwhile()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six);
        var acknowledged = new ConcurrentBag<EventKey>();
        var writers = Task.WhenAll(Enumerable.Range(0, Writers).Select(n => WriteAsync(cluster, n, acknowledged)));
        var follower = new Follower(cluster.Client.CreateEventReader());
        while (!writers.IsCompleted)
        {
            await follower.PollAsync();
        }

        await writers;
        await Eventually.IsAsync<EventKey?>(
            "the reader is past all that was acknowledged",
            () => follower.PollAsync(),
            safe => safe >= acknowledged.Max(),
            TimeSpan.FromMinutes(1));

        Assert.InRange(acknowledged.Count, Writers, Writers * PutsOfWriter);
        Assert.Empty(acknowledged.Except(follower.Seen));
        Assert.Equal(follower.Seen.Distinct().Order(), follower.Seen);
    }

    [Fact]
    public async Task A_key_that_was_handed_out_holds_the_safe_point_back_until_its_event_is_acknowledged()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six[..3]);
        var follower = new Follower(cluster.Client.CreateEventReader());
        var key = Assert.Single(await cluster.CoordinatorOn("west-c").ReserveKeys(1));
        var later = await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("later"));
        Assert.True(later.Key > key);
        await Eventually.IsAsync<EventKey?>("something is safe", () => follower.PollAsync(), safe => safe is not null);
        Assert.True(follower.Position < key, $"{follower.Position} is called safe, and {key} is yet to be put.");

        await cluster.CoordinatorOn("west-c").Put(key, EventPayload.FromText("put at last"));
        await Eventually.IsAsync<EventKey?>("both are safe", () => follower.PollAsync(), safe => safe >= later.Key);

        Assert.Equal([key, later.Key], follower.Seen);
    }

    [Fact]
    public async Task A_key_that_was_handed_out_and_given_back_holds_nothing_back()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six[..3]);
        var follower = new Follower(cluster.Client.CreateEventReader());
        var coordinator = cluster.CoordinatorOn("west-c");
        var keys = await coordinator.ReserveKeys(2);
        await coordinator.ReleaseKeys(keys[..1]);
        var later = await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("later"));
        await Eventually.IsAsync<EventKey?>("something is safe", () => follower.PollAsync(), safe => safe is not null);
        Assert.True(follower.Position < keys[1], $"{follower.Position} is called safe, and {keys[1]} may yet be put.");

        await coordinator.ReleaseKeys(keys);
        await Eventually.IsAsync<EventKey?>("the later one is safe", () => follower.PollAsync(), safe => safe >= later.Key);
        Assert.Equal(PutOutcome.Stored, (await coordinator.Put(keys[0], EventPayload.FromText("put all the same"))).Outcome);
        await Assert.ThrowsAsync<InvalidEventException>(() => coordinator.ReleaseKeys([.. Enumerable.Repeat(keys[0], 1_001)]));
    }

    private static async Task WriteAsync(AllDataCluster cluster, int writer, ConcurrentBag<EventKey> acknowledged)
    {
        var coordinator = cluster.CoordinatorOn(AllDataCluster.Six[writer % AllDataCluster.Six.Length].Id);
        await Task.Yield();
        for (var n = 0; n < PutsOfWriter; n++)
        {
            try
            {
                var payload = EventPayload.FromText($"{writer} {n}");
                acknowledged.Add(writer % 4 == 0
                    ? (await coordinator.Put((await coordinator.ReserveKeys(1))[0], payload)).Key
                    : (await coordinator.Put(payload)).Key);
            }
            catch (PutException)
            {
                // Not acknowledged: it may be read or not.
            }
        }
    }

    /// <summary>Takes each event once, when it is safe.</summary>
    private sealed class Follower(IEventReader reader)
    {
        public List<EventKey> Seen { get; } = [];

        public EventKey? Position { get; private set; }

        public async Task<EventKey?> PollAsync()
        {
            var scan = reader.Scan(new ScanRange { After = Position });
            var given = new List<EventKey>();
            await foreach (var e in scan)
            {
                given.Add(e.Key);
            }

            if (scan.Outcome.SafeUpTo is { } safe)
            {
                Seen.AddRange(given.Where(key => key <= safe));
                Position = safe;
            }

            return Position;
        }
    }
}
