using AllData.Errors;
using AllData.Events;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Cluster;

/// <summary>Puts under given keys: which are taken, and what happens while silos are silent or two put at once.</summary>
public sealed class SuppliedKeyTests
{
    private static readonly PutOptions All = new() { Level = CommitLevel.All };
    private static readonly PutOptions Quorum = new() { Level = CommitLevel.Quorum };

    [Fact]
    public async Task Keys_that_their_issuer_has_not_issued_yet_are_not_taken_and_honest_puts_find_no_other_event_under_theirs()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six);
        var issuer = cluster.CoordinatorOn("north-a");
        var issued = Assert.Single(await issuer.ReserveKeys(1));
        foreach (var ahead in new[] { 200, 1_500, 60_000, 3_600_000 })
        {
            foreach (var through in new[] { "north-a", "west-c" })
            {
                var foreign = EventKey.Create(issued.UnixMilliseconds + ahead, issued.Ordinal, EventKey.FirstReservedSequence);
                var error = await Assert.ThrowsAsync<InvalidKeyException>(
                    () => cluster.CoordinatorOn(through).Put(foreign, EventPayload.FromText("squatter")));
                Assert.Equal(WrittenState.Nothing, error.Written);
            }
        }

        foreach (var key in await issuer.ReserveKeys(100))
        {
            await issuer.Put(key, EventPayload.FromText("honest"));
            Assert.Single((await cluster.CoordinatorReadAsync("east-e", key)).Events);
        }
    }

    [Fact]
    public async Task While_too_few_peers_answer_nothing_is_put_under_a_given_key_and_the_error_names_those_that_are_silent()
    {
        var peers = AllDataCluster.Six[..4];
        await using var cluster = await AllDataCluster.StartAsync(peers);
        var key = Assert.Single(await cluster.CoordinatorOn("north-a").ReserveKeys(1));
        await cluster.KillAsync("north-a");
        await cluster.KillAsync("north-b");

        var error = await Assert.ThrowsAsync<PutOutcomeUnknownException>(
            () => cluster.CoordinatorOn("west-c").Put(key, EventPayload.FromText("blind"), Quorum));

        Assert.Equal((WrittenState.Nothing, key), (error.Written, error.Key));
        Assert.Equal(["north-a", "north-b"], error.Pending.Select(static p => p.Value));
        Assert.Contains("north-a, north-b did not answer", error.Message, StringComparison.Ordinal);
        Assert.Contains("Retry with the same key", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_one_of_three_is_dead_a_key_that_it_has_issued_can_be_put_through_another_silo()
    {
        var peers = AllDataCluster.Six[..3];
        await using var cluster = await AllDataCluster.StartAsync(peers);
        var key = Assert.Single(await cluster.CoordinatorOn("north-a").ReserveKeys(1));
        await cluster.KillAsync("north-a");

        var receipt = await Eventually.IsAsync<PutReceipt?>(
            "the key is old enough to be put without its issuer's word",
            () => TryPutAsync(cluster, "west-c", key, "retried"),
            static receipt => receipt is not null);
        var again = await cluster.CoordinatorOn("north-b").Put(key, EventPayload.FromText("retried"), Quorum);

        Assert.Equal(PutOutcome.Stored, receipt!.Outcome);
        Assert.Equal(PutOutcome.AlreadyStored, again.Outcome);
    }

    [Fact]
    public async Task Of_two_events_put_under_one_key_through_two_silos_at_once_at_most_one_is_acknowledged()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six);
        var keys = await cluster.CoordinatorOn("north-a").ReserveKeys(60);
        string[] silos = ["north-a", "west-c", "east-f"];

        var acknowledged = await Task.WhenAll(keys.SelectMany((key, i) => silos.Select(async (silo, n) =>
            (Key: key, IsStored: n != i % silos.Length && await TryPutAsync(cluster, silo, key, $"of {silo}") is not null))));

        var counts = acknowledged.Where(static a => a.IsStored).CountBy(static a => a.Key).ToList();
        Assert.All(counts, static count => Assert.Equal(1, count.Value));
        Assert.InRange(counts.Count, 1, keys.Length);
    }

    [Fact]
    public async Task An_event_that_is_stored_already_is_said_to_lie_where_it_does()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six[..4]);
        var keys = await cluster.CoordinatorOn("north-a").ReserveKeys(2);
        var strict = await cluster.CoordinatorOn("north-a").Put(keys[0], EventPayload.FromText("strict"), All);
        Assert.Equal(Adherence.Strict, strict.Adherence);
        Assert.Equal(Adherence.Strict, (await cluster.CoordinatorOn("west-c").Put(keys[0], EventPayload.FromText("strict"))).Adherence);

        // North-b is the only peer of the local region's other zone: while it is dead another one keeps its copies.
        await cluster.KillAsync("north-b");
        var relaxed = await cluster.CoordinatorOn("north-a").Put(keys[1], EventPayload.FromText("relaxed"), All);
        var again = await cluster.CoordinatorOn("west-c").Put(keys[1], EventPayload.FromText("relaxed"));

        Assert.Equal(Adherence.Relaxed, relaxed.Adherence);
        Assert.Equal((PutOutcome.AlreadyStored, Adherence.Relaxed), (again.Outcome, again.Adherence));
    }

    private static async Task<PutReceipt?> TryPutAsync(AllDataCluster cluster, string silo, EventKey key, string text)
    {
        try
        {
            return await cluster.CoordinatorOn(silo).Put(key, EventPayload.FromText(text), Quorum);
        }
        catch (Exception e) when (e is KeyConflictException or PutOutcomeUnknownException or CommitLevelNotReachedException)
        {
            return null;
        }
    }
}
