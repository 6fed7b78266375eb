using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Keys;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

public sealed class KeyGeneratorTests
{
    private const int Ordinal = 42;
    private static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);
    private static readonly long Noon = new DateTimeOffset(2024, 9, 1, 12, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    [Fact]
    public void A_key_has_the_time_the_ordinal_and_the_sequence_of_its_range()
    {
        var keys = Leased();

        Assert.Equal("20240901T120000000004200000", Issue(keys, KeyRange.Own, Noon).ToString());
        Assert.Equal("20240901T120000000004200001", Issue(keys, KeyRange.Own, Noon).ToString());
        Assert.Equal("20240901T120000000004250000", Issue(keys, KeyRange.Reserved, Noon).ToString());
        Assert.Equal("20240901T120000001004200000", Issue(keys, KeyRange.Own, Noon + 1).ToString());
        Assert.Equal("20240901T120000001004250000", Issue(keys, KeyRange.Reserved, Noon).ToString());
    }

    [Fact]
    public void No_key_is_issued_beyond_the_lease()
    {
        var keys = new KeyGenerator(Ordinal, FiveMinutes, leasedUntil: 0, OneKey.Lease);

        var issue = keys.Issue(KeyRange.Own, Noon, out var key);
        Assert.Equal(new KeyIssue(KeyIssueStatus.LeaseNeeded, Noon + 5_000), issue);
        Assert.Equal(default, key);

        keys.ExtendLease(issue.LeaseUntil);
        Issue(keys, KeyRange.Own, Noon + 5_000);
        Assert.Equal(KeyIssueStatus.LeaseNeeded, keys.Issue(KeyRange.Own, Noon + 5_001, out _).Status);
    }

    [Fact]
    public void A_successor_starts_above_the_lease_of_its_predecessor()
    {
        var keys = new KeyGenerator(Ordinal, FiveMinutes, leasedUntil: Noon + 5_000, OneKey.Lease);

        var issue = keys.Issue(KeyRange.Own, Noon, out _);
        Assert.Equal(KeyIssueStatus.LeaseNeeded, issue.Status);
        keys.ExtendLease(issue.LeaseUntil);

        Assert.Equal(Noon + 5_001, Issue(keys, KeyRange.Own, Noon).UnixMilliseconds);
        Assert.Equal(Noon + 5_001, Issue(keys, KeyRange.Reserved, Noon).UnixMilliseconds);
    }

    [Fact]
    public void A_key_that_may_yet_be_issued_is_told_from_one_that_will_not_be()
    {
        var keys = Leased();
        Issue(keys, KeyRange.Reserved, Noon);
        var issued = Issue(keys, KeyRange.Reserved, Noon);

        Assert.Equal(KeyIssuance.Passed, keys.Judge(issued, Noon));
        Assert.Equal(KeyIssuance.Ahead, keys.Judge(issued.GetSuccessor(), Noon));
        Assert.Equal(KeyIssuance.Ahead, keys.Judge(EventKey.Create(Noon + 60_000, Ordinal, 50_000), Noon));
        Assert.Equal(KeyIssuance.Ahead, keys.Judge(EventKey.Create(Noon, Ordinal, 0), Noon));
    }

    [Fact]
    public void A_key_that_has_grown_old_unissued_is_not_issued_any_more_also_when_the_clock_steps_back()
    {
        var keys = Leased();
        var old = EventKey.Create(Noon, Ordinal, 50_007);

        Assert.Equal(KeyIssuance.Ahead, keys.Judge(old, Noon + 9_999));
        Assert.Equal(KeyIssuance.Passed, keys.Judge(old, Noon + 10_000));
        Assert.True(Issue(keys, KeyRange.Reserved, Noon) > old);
    }

    [Fact]
    public void It_is_time_to_extend_the_lease_when_half_of_it_is_used()
    {
        var keys = new KeyGenerator(Ordinal, FiveMinutes, leasedUntil: 0, OneKey.Lease);
        Assert.True(keys.ShouldExtendLease(Noon, out var until));
        Assert.Equal(Noon + 5_000, until);
        keys.ExtendLease(until);

        Assert.False(keys.ShouldExtendLease(Noon + 2_500, out _));
        Assert.True(keys.ShouldExtendLease(Noon + 2_501, out until));
        Assert.Equal(Noon + 7_501, until);
    }

    [Fact]
    public void An_earlier_lease_changes_nothing()
    {
        var keys = Leased();
        var leased = keys.LeasedUntil;

        keys.ExtendLease(Noon);

        Assert.Equal(leased, keys.LeasedUntil);
    }

    [Fact]
    public void When_the_clock_steps_back_keys_run_on_from_the_last_one()
    {
        var keys = Leased();
        var last = Issue(keys, KeyRange.Own, Noon + 1_000);

        var next = Issue(keys, KeyRange.Own, Noon - 3_000);

        Assert.Equal(EventKey.Create(last.UnixMilliseconds, Ordinal, last.Sequence + 1), next);
    }

    [Fact]
    public void Keys_run_on_at_most_into_the_interval_after_the_clocks_and_are_then_refused_with_both_times()
    {
        var keys = Leased();
        Issue(keys, KeyRange.Own, Noon + 1_000);

        // Noon + 1 s lies in the interval that begins at noon: next to 11:55, but two after 11:50.
        Issue(keys, KeyRange.Own, Noon - 1);
        Issue(keys, KeyRange.Own, Noon - 300_000);
        var issue = keys.Issue(KeyRange.Own, Noon - 300_001, out _);

        Assert.Equal(KeyIssueStatus.ClockTooFarBack, issue.Status);
        Assert.Contains("11:54:59.999", issue.Reason, StringComparison.Ordinal);
        Assert.Contains("12:00:01.000", issue.Reason, StringComparison.Ordinal);
        Assert.Equal(EventKey.Create(Noon + 1_000, Ordinal, 3), Issue(keys, KeyRange.Own, Noon - 300_000));
    }

    [Theory]
    [InlineData(nameof(KeyRange.Own))]
    [InlineData(nameof(KeyRange.Reserved))]
    public void After_a_step_of_the_clock_keys_of_both_ranges_go_on_or_are_refused_alike_and_it_is_said_until_when(string usedMeanwhile)
    {
        var keys = Leased();
        var hour = 3_600_000L;
        keys.ExtendLease(Noon + (2 * hour));
        Issue(keys, Enum.Parse<KeyRange>(usedMeanwhile), Noon + hour);

        Assert.Equal(Noon + hour - 300_000, keys.WhyRefused(Noon)?.OpenFrom);
        foreach (var range in Enum.GetValues<KeyRange>())
        {
            var refused = keys.Issue(range, Noon, out _);
            Assert.Equal((KeyIssueStatus.ClockTooFarBack, Noon + hour - 300_000), (refused.Status, refused.OpenFrom));
            Assert.Contains("again from 2024-09-01T12:55:00.000Z", refused.Reason, StringComparison.Ordinal);
            Assert.Equal(KeyIssueStatus.ClockTooFarBack, keys.Issue(range, refused.OpenFrom - 1, out _).Status);
        }

        Assert.Null(keys.WhyRefused(Noon + hour - 300_000));
        Assert.All(Enum.GetValues<KeyRange>(), range => Assert.Equal(Noon + hour, Issue(keys, range, Noon + hour - 300_000).UnixMilliseconds));
    }

    [Theory]
    [InlineData(nameof(KeyRange.Own), 0)]
    [InlineData(nameof(KeyRange.Reserved), 50_000)]
    public void A_millisecond_that_is_used_up_passes_on_to_the_next(string rangeName, int first)
    {
        var range = Enum.Parse<KeyRange>(rangeName);
        var keys = Leased();
        var many = new EventKey[100_001];

        Assert.Equal(KeyIssueStatus.Issued, keys.Issue(range, Noon, many).Status);

        Assert.Equal(EventKey.Create(Noon, Ordinal, first + 49_999), many[49_999]);
        Assert.Equal(EventKey.Create(Noon + 1, Ordinal, first), many[50_000]);
        Assert.Equal(EventKey.Create(Noon + 2, Ordinal, first), many[100_000]);
        Assert.All(many, key => Assert.Equal(range == KeyRange.Reserved, key.IsReserved));
    }

    [Fact]
    public void A_batch_is_issued_whole_or_not_at_all()
    {
        var keys = new KeyGenerator(Ordinal, FiveMinutes, leasedUntil: 0, OneKey.Lease);
        keys.ExtendLease(Noon);
        var many = new EventKey[50_001];

        var issue = keys.Issue(KeyRange.Own, Noon, many);

        Assert.Equal(new KeyIssue(KeyIssueStatus.LeaseNeeded, Noon + 1 + 5_000), issue);
        Assert.All(many, key => Assert.Equal(default, key));
        Assert.Equal(0, Issue(keys, KeyRange.Own, Noon).Sequence);
    }

    [Fact]
    public void Issuing_many_keys_makes_no_garbage()
    {
        var keys = Leased();
        var many = new EventKey[1_000];
        keys.Issue(KeyRange.Own, Noon, many);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50; i++)
        {
            keys.Issue(KeyRange.Own, Noon, many);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(0, 0, 5)]
    [InlineData(10_000, 0, 5)]
    [InlineData(1, -1, 5)]
    [InlineData(1, 0, 7)]
    public void Impossible_arguments_are_refused(int ordinal, long leasedUntil, int intervalMinutes) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyGenerator(ordinal, TimeSpan.FromMinutes(intervalMinutes), leasedUntil, OneKey.Lease));

    [Fact]
    public void Keys_increase_in_each_range_and_never_repeat_whatever_the_clock_and_restarts_do()
    {
        var random = new Random(3);
        for (var life = 0; life < 300; life++)
        {
            LiveThroughSteps(random);
        }
    }

    [Fact]
    public void Several_threads_never_get_the_same_key()
    {
        var keys = Leased();
        var issued = new EventKey[8][];

        Parallel.For(0, issued.Length, thread =>
        {
            issued[thread] = new EventKey[5_000];
            for (var i = 0; i < issued[thread].Length; i++)
            {
                issued[thread][i] = Issue(keys, KeyRange.Own, Noon + (i / 1_000));
            }
        });

        Assert.Equal(40_000, issued.SelectMany(part => part).Distinct().Count());
        Assert.All(issued, part => Assert.Equal(part.Order(), part));
    }

    private static void LiveThroughSteps(Random random)
    {
        var length = Interval.AllowedLengths[random.Next(Interval.AllowedLengths.Length)];
        var onDisk = 0L;
        var keys = new KeyGenerator(Ordinal, length, onDisk, OneKey.Lease);
        var last = new EventKey[2];
        var now = Noon;
        for (var step = 0; step < 200; step++)
        {
            now = Math.Max(0, now + RandomStep(random));
            if (random.Next(10) == 0)
            {
                // A crash: only what is on disk is known to the successor.
                keys = new KeyGenerator(Ordinal, length, onDisk, OneKey.Lease);
            }

            var range = (KeyRange)random.Next(2);
            var batch = new EventKey[random.Next(20) == 0 ? random.Next(60_000) : random.Next(1, 5)];
            var issue = keys.Issue(range, now, batch);
            if (issue.Status == KeyIssueStatus.LeaseNeeded)
            {
                onDisk = issue.LeaseUntil;
                keys.ExtendLease(onDisk);
                Assert.NotEqual(KeyIssueStatus.LeaseNeeded, (issue = keys.Issue(range, now, batch)).Status);
            }

            if (issue.Status == KeyIssueStatus.Issued)
            {
                CheckBatch(batch, ref last[(int)range], onDisk, Interval.Containing(now, length).Next);
            }
            else
            {
                var limit = Interval.Containing(now, length).Next.EndUnixMilliseconds;
                Assert.True(onDisk >= limit, $"Refused without need at step {step}: {issue}");
            }
        }
    }

    private static void CheckBatch(EventKey[] batch, ref EventKey last, long lease, Interval latest)
    {
        foreach (var key in batch)
        {
            // The sentence is made only when it is needed: millions of keys are checked here.
            if (key <= last || key.UnixMilliseconds > lease || key.UnixMilliseconds >= latest.EndUnixMilliseconds)
            {
                Assert.Fail($"{key} is not after {last}, or beyond the lease until {lease}, or beyond the next interval {latest}.");
            }

            last = key;
        }
    }

    private static long RandomStep(Random random) => random.Next(20) switch
    {
        0 => random.Next(-40_000_000, 40_000_000),
        1 => random.Next(-400_000, 400_000),
        2 => -random.Next(5_000),
        < 8 => 0,
        _ => random.Next(3_000),
    };

    private static KeyGenerator Leased()
    {
        var keys = new KeyGenerator(Ordinal, FiveMinutes, leasedUntil: 0, OneKey.Lease);
        keys.ExtendLease(Noon + 5_000);
        return keys;
    }

    private static EventKey Issue(KeyGenerator keys, KeyRange range, long now)
    {
        Assert.Equal(KeyIssueStatus.Issued, keys.Issue(range, now, out var key).Status);
        return key;
    }
}
