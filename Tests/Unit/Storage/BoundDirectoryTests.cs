using AllData.Storage.Directories;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

/// <summary>Which data directories say that a cluster database has had a registry.</summary>
public sealed class BoundDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    public BoundDirectoryTests() => Bind("east-f");

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Of_a_local_cluster_every_directory_beside_the_database_does()
    {
        Assert.Equal(PathOf("east-f"), BoundDirectory.Near(PathOf("cluster.db"), PathOf("north-a"))?.Path);
    }

    [Fact]
    public void Where_several_clusters_are_the_directory_of_one_that_was_quicker_to_begin_says_nothing_of_another()
    {
        File.WriteAllText(PathOf("east.db"), "");
        Assert.Null(BoundDirectory.Near(PathOf("west.db"), PathOf("west-d")));

        Bind("west-d");
        Assert.Equal(PathOf("west-d"), BoundDirectory.Near(PathOf("west.db"), PathOf("west-d"))?.Path);
    }

    private void Bind(string peer)
    {
        Directory.CreateDirectory(PathOf(peer));
        PeerIdentityFile.Write(
            Path.Combine(PathOf(peer), DataDirectory.IdentityName), new PeerIdentity(PeerIdentityFile.FormatVersion, peer, Guid.NewGuid(), Guid.NewGuid()));
    }

    private string PathOf(string name) => Path.Combine(_root.Path, name);
}
