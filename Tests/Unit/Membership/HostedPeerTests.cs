using AllData.Configuration;
using AllData.Membership;
using AllData.Peers;
using AllData.Storage.Opening;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Membership;

public sealed class HostedPeerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_keys_of_a_new_directory_begin_behind_the_time_that_is_said_and_those_of_a_known_one_where_they_were()
    {
        const long From = 1_800_000_000_000;
        await using (var peer = await OpenAsync())
        {
            Assert.Equal(0, peer.Directory.LeasedUntil);
            Assert.Equal(7, peer.NewOrdinalIn(TopologyOf(peer)));
            await peer.BindAsync(TopologyOf(peer), From);
            Assert.Equal((From, 7), (peer.Directory.LeasedUntil, peer.Directory.Ordinal));
        }

        await using var again = await OpenAsync();
        Assert.Null(again.NewOrdinalIn(TopologyOf(again)));
        await again.BindAsync(TopologyOf(again), From + 1_000);
        Assert.Equal(From, again.Directory.LeasedUntil);
    }

    private async Task<HostedPeer> OpenAsync()
    {
        var options = Options.Create(new AllDataOptions { Peer = new PeerOptions { Id = "a", Stores = false }, DataDirectory = _directory.Path });
        var peer = new HostedPeer(
            options, new ReplicaStoreFactory(options.Value.Storage, minFreeBytes: 0, StorageSeams.None, _time, NullLoggerFactory.Instance),
            ConfiguredFederation.None, _time, NullLoggerFactory.Instance, NullLogger<HostedPeer>.Instance);
        await peer.OpenAsync();
        return peer;
    }

    private static TopologySnapshot TopologyOf(HostedPeer peer) => new()
    {
        Version = 1,
        ClusterId = new Guid(1, 0, 0x4000, 0x80, 0, 0, 0, 0, 0, 0, 1),
        IntervalLength = TimeSpan.FromDays(1),
        Peers = [new PeerDescriptor(peer.Id, peer.Location, PeerStatus.Active, Stores: false, 7, peer.Directory.DirectoryId, "")],
        Ordinals = [new DirectoryOrdinal(7, peer.Id, peer.Directory.DirectoryId)],
    };
}
