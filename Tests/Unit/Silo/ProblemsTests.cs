using System.Text.Json;
using AllData.Errors;
using AllData.Events;
using AllData.Peers;
using AllData.Replication;
using AllData.Silo.Http;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

public sealed class ProblemsTests
{
    private static readonly EventKey Key = FakeEventStore.FreshKey;

    /// <summary>One of each kind, with its status and the data it must show.</summary>
    private static readonly (PutException Exception, int Status, string Data)[] Samples =
    [
        (new NotEnoughPeersException("m", 3, 2), 503, """{"written":"nothing","replicationFactor":3,"peersKnown":2}"""),
        (new NotEnoughRegionsException("m", [new RegionOutage("west", DateTimeOffset.UnixEpoch)]) { MinRegions = 2, ReachableRegions = 1 }, 503,
            """{"written":"nothing","minRegions":2,"reachableRegions":1,"minZones":1,"reachableZones":0,"cutOff":[{"region":"west","since":"1970-01-01T00:00:00+00:00"}]}"""),
        (new ClusterDroppedException("m", 7), 503, """{"written":"nothing","documentVersion":7}"""),
        (new InvalidEventException("m"), 400, """{"written":"nothing"}"""),
        (new InvalidKeyException("m", Key), 400, $$"""{"written":"nothing","key":"{{Key}}"}"""),
        (new EventTooLargeException("m", 10, 11), 413, """{"written":"nothing","limit":10,"size":11}"""),
        (new OverloadedException("m", TimeSpan.FromSeconds(1.5)), 503, """{"written":"nothing","retryAfter":1.5}"""),
        (new OtherStoreException("m", default, default), 421, """{"written":"nothing"}"""),
        (new KeysUnavailableException("m") { RetryAfter = TimeSpan.FromSeconds(90) }, 503, """{"written":"nothing","retryAfter":90}"""),
        (new TopicsNotSupportedException("m"), 503, """{"written":"nothing"}"""),
        (new CommitLevelNotReachedException("m", 2, [], []), 500, """{"written":"unknown","needed":2,"holders":[],"failures":[]}"""),
        (new PutOutcomeUnknownException("m", [FakeEventStore.NorthA], [PeerId.Parse("west-c")], Key), 504,
            $$"""{"written":"unknown","key":"{{Key}}","holders":[{"peer":"north-a","region":"north","zone":"a"}],"pending":["west-c"]}"""),
        (new KeyConflictException("m", new KeyConflict(Key, new EventDigest(1), new EventDigest(2))), 409,
            $$$"""{"written":"nothing","key":"{{{Key}}}","conflict":{"held":"{{{1:x32}}}","offered":"{{{2:x32}}}"}}"""),
    ];

    public static TheoryData<Type> Kinds => [.. typeof(PutException).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(PutException)) && !type.IsAbstract)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_of_failed_put_has_a_problem_of_its_own_with_status_and_data(Type kind)
    {
        var (exception, status, data) = Samples.Single(sample => sample.Exception.GetType() == kind);

        Assert.True(Problems.KindOf(kind) is not null, $"{kind.Name} has no problem: add it to Problems, and a sample here.");
        var problem = Problems.From(exception);
        Assert.Equal(status, problem.Status);
        Assert.Equal("m", problem.Detail);
        Assert.StartsWith(Problems.TypePrefix, problem.Type);
        Assert.Equal(data, JsonSerializer.Serialize(problem.Extensions, Documents.Options));
    }

    [Fact]
    public void No_two_kinds_share_a_type_or_a_title()
    {
        var problems = Samples.Select(sample => Problems.From(sample.Exception)).ToList();

        Assert.Equal(problems.Count, problems.DistinctBy(p => p.Type).Count());
        Assert.Equal(problems.Count, problems.DistinctBy(p => p.Title).Count());
    }

    [Fact]
    public void Lists_that_were_never_set_are_shown_as_empty()
    {
        var problem = Problems.From(new PutOutcomeUnknownException("m", default, default));

        Assert.Equal(
            """{"written":"unknown","holders":[],"pending":[]}""", JsonSerializer.Serialize(problem.Extensions, Documents.Options));
    }
}
