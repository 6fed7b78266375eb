using AllData.Federation;
using AllData.Peers;
using AllData.Storage;
using AllData.Storage.Directories;
using AllData.Tests.Support;
using AllData.Tests.Unit.Federation;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AllData.Tests.Unit.Storage;

/// <summary>What a data directory remembers of the whole store.</summary>
public sealed class FederatedDirectoryTests : IDisposable
{
    private readonly StorageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_document_is_kept_and_a_lower_version_or_another_store_does_not_follow_it()
    {
        Accept(FederationSample.Document(version: 2));
        Accept(FederationSample.Document(version: 2));
        CheckRefused(FederationSample.Document(version: 1), "Version 1 is lower than version 2, which is in use.");
        CheckRefused(FederationSample.Document(version: 3, store: Guid.NewGuid()), "A store keeps its id");
        Accept(FederationSample.Document(version: 3));
        CheckRefused(FederationSample.Document(version: 2), "Version 2 is lower than version 3");
    }

    [Fact]
    public void A_peer_that_is_in_a_store_does_not_start_without_its_document()
    {
        Accept(document: null);
        Accept(FederationSample.Document());
        CheckRefused(document: null, "no document is configured");
    }

    [Fact]
    public void A_kept_document_that_is_damaged_does_not_stop_a_start()
    {
        Accept(FederationSample.Document(version: 2));
        File.WriteAllText(Path.Combine(_folder.Path, DataDirectory.FederationName), "{");
        using var log = new RecordedLog();
        using var loggers = new LoggerFactory([log]);
        using (var directory = Open(loggers.CreateLogger<DataDirectory>()))
        {
            directory.AcceptFederation(FederationSample.Document());
        }

        Assert.Contains(log.Lines, line => line.Message.Contains("is ignored: The document is not JSON", StringComparison.Ordinal));
        CheckRefused(FederationSample.Document(version: 1, aliases: []), "Version 1 is in use with another content.");
    }

    [Fact]
    public void A_directory_of_another_store_is_refused_unless_its_cluster_is_an_alias()
    {
        var cluster = Guid.NewGuid();
        using (var directory = Open())
        {
            directory.BindCluster(cluster);
        }

        CheckRefused(
            FederationSample.Document(), $"belongs to cluster {cluster}, and version 1 of the federation document is of store {FederationSample.Store}");
        Accept(FederationSample.Document(aliases: [cluster]));
    }

    [Fact]
    public void A_directory_of_an_alias_stays_as_it_is_in_the_registry_of_the_store()
    {
        using var directory = Open();
        directory.BindCluster(FederationSample.Alias);
        Assert.Throws<DataDirectoryException>(() => directory.BindCluster(FederationSample.Store));

        directory.AcceptFederation(FederationSample.Document());
        directory.BindCluster(FederationSample.Store);
        directory.SaveTopology(TopologyOf(FederationSample.Store));

        Assert.Equal(FederationSample.Alias, directory.ClusterId);
        Assert.NotNull(directory.LoadTopology());
        Assert.Throws<DataDirectoryException>(() => directory.BindCluster(Guid.NewGuid()));
    }

    [Fact]
    public void Ordinals_that_were_seen_are_never_forgotten()
    {
        using (var directory = Open())
        {
            directory.SeeOrdinals(SeenOrdinals.Of([1, 2, 600]));
            directory.SeeOrdinals(SeenOrdinals.Of([3]));
        }

        using (var again = Open())
        {
            Assert.Equal("1-3 600", $"{again.SeenOrdinals}");
        }

        File.WriteAllText(Path.Combine(_folder.Path, DataDirectory.OrdinalsName), "damaged");
        using var damaged = Open();
        Assert.Equal(SeenOrdinals.None, damaged.SeenOrdinals);
    }

    [Fact]
    public void Blocks_of_the_store_and_of_its_aliases_are_taken_and_others_are_refused()
    {
        var identity = new ReplicaStoreIdentity(PeerId.Parse("north-a"), FederationSample.Alias, TimeSpan.FromDays(1))
        {
            Stores = [FederationSample.Store, FederationSample.Alias],
        };
        Assert.True(identity.Accepts(FederationSample.Store));
        Assert.True(identity.Accepts(FederationSample.Alias));
        Assert.False(identity.Accepts(Guid.NewGuid()));
        Assert.True(identity.IsOurs("cluster_id", $"{FederationSample.Store}", $"{FederationSample.Alias}"));
        Assert.False(identity.IsOurs("cluster_id", $"{Guid.NewGuid()}", $"{FederationSample.Alias}"));
        Assert.False(identity.IsOurs("peer_id", $"{FederationSample.Store}", "north-a"));
    }

    private static TopologySnapshot TopologyOf(Guid cluster) =>
        new() { Version = 1, ClusterId = cluster, IntervalLength = TimeSpan.FromDays(1), Peers = [], Ordinals = [] };

    private DataDirectory Open(ILogger<DataDirectory>? logger = null) =>
        DataDirectory.Open(_folder.Path, PeerId.Parse("north-a"), TimeProvider.System, logger ?? NullLogger<DataDirectory>.Instance);

    private void Accept(FederationDocument? document)
    {
        using var directory = Open();
        directory.AcceptFederation(document);
    }

    private void CheckRefused(FederationDocument? document, string sentence)
    {
        using var directory = Open();
        var refusal = Assert.Throws<DataDirectoryException>(() => directory.AcceptFederation(document));
        Assert.Contains(sentence, refusal.Message, StringComparison.Ordinal);
    }
}
