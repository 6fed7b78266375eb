using AllData.Silo.Http;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Silo;

public sealed class PartialBodiesTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly PartialBodies _all;
    private readonly List<string> _ended = [];

    public PartialBodiesTests() => _all = new PartialBodies(_time);

    [Fact]
    public void Who_has_sent_much_and_then_nothing_gives_its_room_up_when_it_is_wanted()
    {
        using var silent = Watch("silent", 1_000_000);

        Assert.False(_all.MakeRoom(1));
        _time.Advance(PartialBody.Grace + TimeSpan.FromMilliseconds(1));
        Assert.True(_all.MakeRoom(1));

        Assert.Equal(["silent"], _ended);
        Assert.True(silent.HasGivenUp);
        Assert.False(_all.MakeRoom(1));
    }

    [Fact]
    public void A_byte_now_and_then_is_not_sending()
    {
        using var trickle = Watch("trickle", 1_000_000);
        for (var i = 0; i < 20; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(200));
            trickle.Take(1, 1_000_000 + i);
            trickle.Wait();
        }

        Assert.True(_all.MakeRoom(1));
    }

    [Fact]
    public void A_steady_sender_and_one_that_waits_for_the_store_keep_their_room()
    {
        using var steady = Watch("steady", 1_000);
        using var storing = Watch("storing", 1_000_000);
        storing.Take(0, 1_000_000);
        for (var i = 0; i < 100; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            steady.Take(PartialBody.BytesPerSecond / 10, 1_000);
            steady.Wait();
        }

        Assert.False(_all.MakeRoom(1));
    }

    [Fact]
    public void The_largest_go_first_and_no_more_than_are_needed_and_what_is_beside_counts()
    {
        using var small = Watch("small", 10);
        using var window = _all.Watch(() => _ended.Add("window"), () => 16_000_000);
        window.Wait();
        using var large = Watch("large", 1_000_000);
        _time.Advance(PartialBody.Grace * 2);

        Assert.True(_all.MakeRoom(1_000_000));
        Assert.Equal(["window"], _ended);
        Assert.True(_all.MakeRoom(1_000_000));
        Assert.Equal(["window", "large"], _ended);
    }

    [Fact]
    public void One_that_has_ended_gives_nothing_up()
    {
        Watch("ended", 1_000_000).Dispose();
        _time.Advance(PartialBody.Grace * 2);

        Assert.False(_all.MakeRoom(1));
    }

    private PartialBody Watch(string name, long bytes)
    {
        var partial = _all.Watch(() => _ended.Add(name));
        partial.Take(bytes, bytes);
        partial.Wait();
        return partial;
    }
}
