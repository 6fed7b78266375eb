using AllData.Links;
using AllData.Peers;
using AllData.Protocol.Links;
using AllData.Reports;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Links;

/// <summary>Whether the other clusters confirm which peers they have, before a read calls itself complete.</summary>
public sealed class ClusterConfirmationTests : IDisposable
{
    private readonly LinkBench _bench = new();

    public ClusterConfirmationTests() => _bench.Topologies.Offer(SnapshotSample.North(3, "north-a", "north-b"));

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_peer_that_joined_a_moment_ago_is_known_when_its_cluster_has_confirmed()
    {
        await _bench.HearAsync(LinkBench.Says(SnapshotSample.West(7, "west-a"), "west-a"));
        ClusterQuestion? asked = null;
        _bench.Answer = (question, _) =>
        {
            asked = question;
            return Task.FromResult(LinkBench.Says(SnapshotSample.West(8, "west-a", "west-b"), "west-a", "west-b"));
        };

        Assert.Empty(await _bench.Confirmation.FindUnconfirmedAsync());
        Assert.Equal(new ClusterQuestion(0, 1, 7, IsConfirmed: true) { DocumentDigest = _bench.Federation.Own!.Digest }, asked);
        Assert.True(_bench.IsHosted("west-b"));
    }

    [Fact]
    public async Task A_cluster_is_unconfirmed_that_is_silent_says_what_cannot_be_or_is_cut_off_and_then_it_is_not_asked()
    {
        await _bench.HearAsync(LinkBench.Says(SnapshotSample.West(7, "west-a"), "west-a"));
        _bench.Answer = static (_, _) => throw new TimeoutException("Its registry is silent.");
        Assert.Equal("west", Assert.Single(await _bench.Confirmation.FindUnconfirmedAsync()).Name);
        Assert.Equal(LinkState.Up, _bench.West.State);

        _bench.Answer = static (_, _) => Task.FromResult(LinkBench.Says(SnapshotSample.North(8, "north-a"), "north-a"));
        Assert.Single(await _bench.Confirmation.FindUnconfirmedAsync());

        for (var i = 0; i < LinkMonitor.MissesToCutOff; i++)
        {
            await _bench.MissAsync();
        }

        var isAsked = false;
        _bench.Answer = (_, _) => throw new IOException($"{isAsked = true}");
        Assert.Single(await _bench.Confirmation.FindUnconfirmedAsync());
        Assert.False(isAsked);
    }
}
