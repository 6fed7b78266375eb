using AllData.Errors;
using AllData.Following;

namespace AllData.Tests.Unit.Following;

public sealed class FollowersTests
{
    private readonly Followers _followers = new(limit: 3, limitOfCaller: 2);

    [Fact]
    public void One_caller_has_its_share_and_all_together_have_as_many_as_the_silo_serves()
    {
        var first = _followers.Enter("app");
        _followers.Enter("app");
        Assert.Equal(("app", 2), Refused("app"));
        _followers.Enter("other");
        Assert.Equal((null, 3), Refused("other"));
        Assert.Equal((null, 3), Refused(caller: null));

        // Given back once, however often it is disposed of; and what was refused took nothing.
        first.Dispose();
        first.Dispose();
        _followers.Enter("other");
        Assert.Equal((null, 3), Refused("app"));
    }

    private (string? Caller, int Limit) Refused(string? caller)
    {
        var refused = Assert.Throws<TooManyFollowersException>(() => _followers.Enter(caller));
        return (refused.Caller, refused.Limit);
    }
}
