using AllData.Peers;
using AllData.Storage.Directories;
using AllData.Storage.Restoration;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace AllData.Tests.Unit.Storage;

public sealed class DirectoryRenewalTests : IDisposable
{
    private static readonly PeerId NorthA = PeerId.Parse("north-a");

    private readonly StorageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("keys.lease", false)]
    [InlineData("keys.lease", true)]
    [InlineData("peer.json", false)]
    [InlineData("peer.json", true)]
    public async Task A_directory_that_lost_a_file_opens_again_under_a_new_identity_with_its_events(string lost, bool isDamaged)
    {
        Guid before;
        using (var directory = Open())
        {
            before = directory.DirectoryId;
            directory.BindCluster(TestBlocks.Cluster);
        }

        await using (var store = SqliteEngineHarness.OpenAt(_folder.Path, vfs: null))
        {
            await store.AppendAsync(TestBlocks.One(0)).Soon();
        }

        Lose(lost, isDamaged);
        var refusal = Assert.Throws<DataDirectoryException>(() => Open());
        Assert.Contains("renew-directory", refusal.Message, StringComparison.Ordinal);

        DirectoryRenewal.Run(_folder.Path, peer: null, TimeProvider.System);

        using var renewed = Open();
        Assert.NotEqual(before, renewed.DirectoryId);
        Assert.Equal((NorthA, TestBlocks.Cluster, 0), (renewed.Peer, renewed.ClusterId, renewed.LeasedUntil));
        await using var again = SqliteEngineHarness.OpenAt(_folder.Path, vfs: null);
        Assert.Equal(1, again.Statistics.Blocks);
    }

    [Fact]
    public void The_former_files_stay()
    {
        Open().Dispose();
        var identity = File.ReadAllText(Path.Combine(_folder.Path, "peer.json"));

        DirectoryRenewal.Run(_folder.Path, peer: null, TimeProvider.System);
        DirectoryRenewal.Run(_folder.Path, peer: null, TimeProvider.System);

        Assert.Equal(identity, File.ReadAllText(Path.Combine(_folder.Path, "peer.json.former-1")));
        Assert.True(File.Exists(Path.Combine(_folder.Path, "keys.lease.former-2")));
    }

    [Fact]
    public void A_directory_in_use_or_of_an_unknown_peer_is_refused()
    {
        using (Open())
        {
            Assert.Contains("in use", Refused(peer: null), StringComparison.Ordinal);
            Assert.Contains("'north-a'", Refused(peer: null), StringComparison.Ordinal);
        }

        Assert.Contains("several peers", Refused("west-c"), StringComparison.Ordinal);
        File.Delete(Path.Combine(_folder.Path, "peer.json"));
        Assert.Contains("--peer NAME", Refused(peer: null), StringComparison.Ordinal);
        Assert.Equal("north-a", DirectoryRenewal.Run(_folder.Path, "north-a", TimeProvider.System).Peer);
    }

    private string Refused(string? peer) =>
        Assert.Throws<DataDirectoryException>(() => DirectoryRenewal.Run(_folder.Path, peer, TimeProvider.System)).Message;

    private void Lose(string name, bool isDamaged)
    {
        var path = Path.Combine(_folder.Path, name);
        if (isDamaged)
        {
            File.WriteAllText(path, "nothing of use");
        }
        else
        {
            File.Delete(path);
        }
    }

    private DataDirectory Open() => DataDirectory.Open(_folder.Path, NorthA, TimeProvider.System, NullLogger<DataDirectory>.Instance);
}
