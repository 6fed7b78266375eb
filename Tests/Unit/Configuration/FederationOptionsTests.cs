using AllData.Configuration;
using AllData.Federation;
using AllData.Peers;
using AllData.Tests.Support;
using AllData.Tests.Unit.Federation;
using Microsoft.Extensions.Options;

namespace AllData.Tests.Unit.Configuration;

/// <summary>The part of a silo's cluster in its store, as it is configured.</summary>
public sealed class FederationOptionsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Without_a_document_a_cluster_is_a_store_of_its_own()
    {
        Assert.Empty(FailuresOf(new AllDataOptions()));
        var alone = ConfiguredFederation.Load(new AllDataOptions());
        Assert.Null(alone.Own);
        Assert.Empty(alone.Stores);
    }

    [Fact]
    public void A_silo_finds_its_cluster_in_the_document()
    {
        var options = Options(FederationSample.Document(), "west", "west");

        Assert.Empty(FailuresOf(options));
        var configured = ConfiguredFederation.Load(options);
        Assert.Equal(1, configured.Own!.Own.Number);
        Assert.Equal([FederationSample.Store, FederationSample.Alias], configured.Stores.AsEnumerable());
    }

    [Fact]
    public void One_of_the_two_options_alone_is_refused()
    {
        var options = Options(FederationSample.Document(), "", "west");

        Assert.Contains("give both, or neither", Assert.Single(FailuresOf(options)), StringComparison.Ordinal);
        options.Federation = new FederationOptions { Cluster = "west" };
        Assert.Contains("give both, or neither", Assert.Single(FailuresOf(options)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_cluster_that_the_document_does_not_have_is_refused_naming_those_that_it_has() => Assert.Contains(
        "'south', and version 1 of the federation document has 'north' (0), 'west' (1).",
        Assert.Single(FailuresOf(Options(FederationSample.Document(), "south", "south"))), StringComparison.Ordinal);

    [Fact]
    public void A_region_or_an_interval_length_that_is_not_the_clusters_is_refused_naming_both()
    {
        var failures = FailuresOf(Options(FederationSample.Document(length: TimeSpan.FromHours(3)), "north", "west"));

        Assert.Equal(2, failures.Count);
        Assert.StartsWith("AllData:Peer:Region is 'west', and cluster 'north' (0) covers north.", failures[0], StringComparison.Ordinal);
        Assert.StartsWith(
            "AllData:IntervalLength is 1.00:00:00, and version 1 of the federation document has 03:00:00.", failures[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_document_that_cannot_be_used_is_refused_with_all_its_faults_and_its_file()
    {
        var options = Options(FederationSample.Document(), "north", "north");
        File.WriteAllText(options.Federation.File, "{}");

        var failures = FailuresOf(options);

        Assert.Equal(4, failures.Count);
        Assert.All(failures, f => Assert.StartsWith($"AllData:Federation:File is '{options.Federation.File}': ", f, StringComparison.Ordinal));
        Assert.Equal(failures, Assert.Throws<OptionsValidationException>(() => ConfiguredFederation.Load(options)).Failures);
    }

    private static List<string> FailuresOf(AllDataOptions options) => [.. new AllDataOptionsValidator().Validate(null, options).Failures ?? []];

    [Theory]
    [InlineData("west", "AllData:Peer:Region is 'west'. Version 2 of the federation document, which the store uses, has dropped it")]
    [InlineData("east", null)]
    public void A_silo_of_a_region_that_was_dropped_does_not_start(string region, string? sentence)
    {
        var document = FederationSample.Document();
        document = document with { Clusters = [document.Clusters[0], document.Clusters[1] with { Regions = ["east", "west"] }] };
        var options = Options(RegionDrop.Apply(document, new DroppedRegion { Region = "west", At = DateTimeOffset.UnixEpoch }), "west", region);

        Assert.StartsWith(sentence ?? "", FailuresOf(options).SingleOrDefault() ?? "", StringComparison.Ordinal);
        Assert.Equal(sentence is null, FailuresOf(options).Count == 0);
    }

    private AllDataOptions Options(FederationDocument document, string cluster, string region)
    {
        var path = Path.Combine(_directory.Path, "federation.json");
        File.WriteAllBytes(path, FederationJson.Write(document));
        return new AllDataOptions
        {
            Peer = new PeerOptions { Region = region },
            Federation = new FederationOptions { File = path, Cluster = cluster },
        };
    }
}
