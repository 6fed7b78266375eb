using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AllData.Events;
using AllData.Peers;
using AllData.Storage.Directories;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace AllData.Tests.Unit.Storage;

public sealed class DataDirectoryTests : IDisposable
{
    private static readonly PeerId NorthA = PeerId.Parse("north-a");
    private static readonly Guid Cluster = Guid.NewGuid();

    private readonly StorageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_new_directory_is_created_and_remembers_itself()
    {
        var path = Path.Combine(_folder.Path, "some", "where");
        Guid id;
        int incarnation;
        using (var created = Open(path: path))
        {
            incarnation = created.Incarnation;
            id = created.DirectoryId;
            Assert.NotEqual(Guid.Empty, id);
            Assert.Equal((NorthA, Guid.Empty, 0), (created.Peer, created.ClusterId, created.LeasedUntil));
            Assert.Null(created.LoadTopology());
        }

        using var again = Open(path: path);
        Assert.Equal(id, again.DirectoryId);
        Assert.True(again.Incarnation > incarnation, $"{again.Incarnation} after {incarnation}");
    }

    [Fact]
    public void A_second_opener_is_refused_and_told_who_holds_it()
    {
        using var first = Open();
        var refusal = Assert.Throws<DataDirectoryException>(() => Open());
        Assert.Contains("'north-a'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"process {Environment.ProcessId}", refusal.Message, StringComparison.Ordinal);
        first.Dispose();
        using var next = Open();
        Assert.Equal(first.DirectoryId, next.DirectoryId);
    }

    [Fact]
    public void Another_peer_is_refused_naming_both()
    {
        Open().Dispose();
        var refusal = Assert.Throws<DataDirectoryException>(() => Open(PeerId.Parse("west-c")));
        Assert.Contains("'north-a'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("'west-c'", refusal.Message, StringComparison.Ordinal);
        using var still = Open();
        Assert.Equal(NorthA, still.Peer);
    }

    [Fact]
    public void The_cluster_is_bound_once()
    {
        using (var directory = Open())
        {
            directory.BindCluster(Cluster);
            directory.BindCluster(Cluster);
        }

        using var again = Open();
        Assert.Equal(Cluster, again.ClusterId);
        var other = Guid.NewGuid();
        var refusal = Assert.Throws<DataDirectoryException>(() => again.BindCluster(other));
        Assert.Contains(Cluster.ToString(), refusal.Message, StringComparison.Ordinal);
        Assert.Contains(other.ToString(), refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_ordinal_is_remembered_whatever_the_topology_says()
    {
        using (var directory = Open())
        {
            directory.BindCluster(Cluster);
            directory.BindOrdinal(4);
            directory.BindOrdinal(4);
            directory.SaveTopology(Topology(version: 7));
        }

        using var again = Open();
        Assert.Equal(4, again.Ordinal);
        Assert.Contains("ordinal 4", Assert.Throws<DataDirectoryException>(() => again.BindOrdinal(5)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"formatVersion\": 2, \"peer\": \"north-a\", \"directory\": \"7e57b10c-0000-4000-8000-000000000001\" }", "version 2")]
    [InlineData("{ \"formatVersion\": 1 }", "damaged")]
    [InlineData("", "damaged")]
    [InlineData("null", "damaged")]
    public void An_identity_that_cannot_be_read_is_refused(string content, string named)
    {
        Open().Dispose();
        File.WriteAllText(FileOf("peer.json"), content);
        Assert.Contains(named, Assert.Throws<DataDirectoryException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_identity_that_an_editor_has_saved_in_its_own_way_is_read()
    {
        Open().Dispose();
        var text = File.ReadAllText(FileOf("peer.json"));
        foreach (var encoding in new[] { new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), Encoding.Unicode, (Encoding)new UTF8Encoding(false) })
        {
            File.WriteAllText(FileOf("peer.json"), text.ReplaceLineEndings("\r\n") + "\r\n", encoding);
            Open().Dispose();
        }
    }

    [Fact]
    public void No_refusal_of_a_directory_advises_to_throw_it_away()
    {
        Open().Dispose();
        File.WriteAllText(FileOf("peer.json"), "{");
        var refusal = Assert.Throws<DataDirectoryException>(() => Open());
        Assert.DoesNotContain("new data directory", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("renew-directory", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lost_identity_is_not_replaced_while_there_is_data()
    {
        Open().Dispose();
        Directory.CreateDirectory(FileOf("intervals"));
        File.WriteAllText(Path.Combine(FileOf("intervals"), "20260105T120000.db"), "");
        File.Delete(FileOf("peer.json"));
        Assert.Contains("peer.json is missing", Assert.Throws<DataDirectoryException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_cannot_be_a_directory_is_refused_with_its_name()
    {
        File.WriteAllText(FileOf("taken"), "");
        var refusal = Assert.Throws<DataDirectoryException>(() => Open(path: FileOf("taken")));
        Assert.Contains($"{FileOf("taken")} is a file. Name a directory", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_lies_in_a_directory_can_be_read_by_its_user_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        var path = FileOf("own");
        Open(path: path).Dispose();

        // As an earlier version, with the usual umask, has left them.
        File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("755", 8));
        File.WriteAllText(Path.Combine(path, "some.file"), "");
        File.SetUnixFileMode(Path.Combine(path, "some.file"), (UnixFileMode)Convert.ToInt32("644", 8));
        using (var directory = Open(path: path))
        {
            directory.BindCluster(Cluster);
            directory.SaveTopology(Topology(version: 1));
        }

        foreach (var entry in Directory.EnumerateFileSystemEntries(path, "*", SearchOption.AllDirectories).Append(path))
        {
            var mode = File.GetUnixFileMode(entry);
            Assert.True((mode & others) == 0, $"{entry} has {mode}");
        }
    }

    [Fact]
    public void A_directory_that_others_may_write_to_is_refused_with_the_command_that_ends_it()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Open().Dispose();
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)Convert.ToInt32("770", 8));
        Assert.Contains("chmod go-w", Assert.Throws<DataDirectoryException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_saved_topology_is_loaded_again()
    {
        var saved = Topology(version: 7);
        using (var directory = Open())
        {
            directory.BindCluster(Cluster);
            directory.SaveTopology(Topology(version: 6));
            directory.SaveTopology(saved);
        }

        using var again = Open();
        var loaded = again.LoadTopology();
        Assert.NotNull(loaded);
        Assert.Equal((saved.Version, saved.ClusterId, saved.IntervalLength), (loaded.Version, loaded.ClusterId, loaded.IntervalLength));
        Assert.Equal(saved.Peers.AsEnumerable(), loaded.Peers);
        Assert.Equal(saved.Ordinals.AsEnumerable(), loaded.Ordinals);
    }

    [Fact]
    public void A_topology_with_put_only_peers_is_loaded_again_and_so_is_one_that_an_earlier_version_wrote()
    {
        using var directory = Open();
        directory.BindCluster(Cluster);
        var saved = Topology(version: 7);
        var putOnly = saved.Peers[0] with { Id = PeerId.Parse("old-1"), Stores = false, Ordinal = 4, Client = "alldata-http", Address = "http://10.0.0.9/" };
        directory.SaveTopology(saved with { Peers = [.. saved.Peers, putOnly] });
        Assert.Equal([.. saved.Peers, putOnly], directory.LoadTopology()!.Peers.AsEnumerable());

        directory.SaveTopology(saved);
        var file = JsonNode.Parse(File.ReadAllText(FileOf("topology.json")))!;
        var peer = file["topology"]!["peers"]![0]!.AsObject();
        Assert.True(peer.Remove("client") && peer.Remove("address"));
        var earlier = JsonSerializer.SerializeToUtf8Bytes(file["topology"]!.Deserialize<JsonElement>(), JsonSerializerOptions.Web);
        file["digest"] = EventDigest.Of(earlier).ToString();
        File.WriteAllText(FileOf("topology.json"), file.ToJsonString());
        Assert.Equal(saved.Peers.AsEnumerable(), directory.LoadTopology()!.Peers);
    }

    [Fact]
    public void A_damaged_topology_counts_as_none()
    {
        using var directory = Open();
        directory.BindCluster(Cluster);
        directory.SaveTopology(Topology(version: 7));
        var content = File.ReadAllText(FileOf("topology.json"));
        var changed = content.Replace("\"version\":7", "\"version\":8", StringComparison.Ordinal);
        foreach (var damaged in new[] { "", "[]", "null", content[..^20], changed })
        {
            Assert.NotEqual(content, damaged);
            File.WriteAllText(FileOf("topology.json"), damaged);
            Assert.Null(directory.LoadTopology());
        }
    }

    [Fact]
    public void A_topology_of_another_cluster_counts_as_none()
    {
        using var directory = Open();
        directory.BindCluster(Guid.NewGuid());
        directory.SaveTopology(Topology(version: 7));
        Assert.Null(directory.LoadTopology());
    }

    private static TopologySnapshot Topology(long version) => new()
    {
        Version = version,
        ClusterId = Cluster,
        IntervalLength = TimeSpan.FromHours(3),
        Peers =
        [
            new PeerDescriptor(NorthA, new PeerLocation("north", "a"), PeerStatus.Draining, true, 3,
                Guid.NewGuid(), "http://127.0.0.1:8081"),
        ],
        Ordinals = [new DirectoryOrdinal(3, NorthA, Guid.NewGuid())],
    };

    private string FileOf(string name) => Path.Combine(_folder.Path, name);

    private DataDirectory Open(PeerId? peer = null, string? path = null) =>
        DataDirectory.Open(path ?? _folder.Path, peer ?? NorthA, TimeProvider.System, NullLogger<DataDirectory>.Instance);
}
