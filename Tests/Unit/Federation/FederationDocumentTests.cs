using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AllData.Federation;

namespace AllData.Tests.Unit.Federation;

/// <summary>The document that names the clusters of a store.</summary>
public sealed class FederationDocumentTests
{
    private const string West = """{"number":1,"name":"west","regions":["west"],"peers":["http://localhost:2"]}""";

    [Fact]
    public void The_sample_is_a_document_that_is_written_as_it_was_read()
    {
        var document = FederationFile.Read(FederationSample.FilePath);

        Assert.Equal(File.ReadAllBytes(FederationSample.FilePath), FederationJson.Write(document));
        Assert.Equal((FederationSample.Store, 3, TimeSpan.FromDays(1)), (document.Store, document.Version, document.IntervalLength));
        Assert.Equal(["north", "west"], document.Clusters.Select(c => c.Name));
        Assert.Equal("1-599, 9600-9699", string.Join(", ", document.Find("north")!.Ordinals));
        Assert.Equal("west", document.ClusterOf(1199)!.Name);
        Assert.Null(document.ClusterOf(1200));
        Assert.True(document.Accepts(FederationSample.Alias));
        Assert.False(document.Accepts(Guid.NewGuid()));
    }

    [Fact]
    public void A_cluster_without_ranges_has_six_hundred_ordinals_by_its_number()
    {
        var document = FederationSample.Read(FederationSample.Around($$"""
            {"number":15,"name":"far","regions":["far"],"peers":["http://localhost:3"]},{{West}},
            {"number":0,"name":"north","regions":["north"],"peers":["http://localhost:1"]}
            """));

        Assert.Equal(["1-599", "600-1199", "9000-9599"], document.Clusters.Select(c => $"{Assert.Single(c.Ordinals)}"));
    }

    [Fact]
    public void The_order_in_which_things_are_written_makes_no_other_content()
    {
        var one = FederationSample.Read(FederationSample.Around($$"""{"number":0,"name":"n","regions":["b","a"],"peers":["http://localhost:1"]},{{West}}"""));
        var other = FederationSample.Read(FederationSample.Around($$"""{{West}},{"peers":["http://localhost:1"],"name":"n","number":0,"regions":["a","b"]}"""));

        Assert.Equal(one, other);
        Assert.NotEqual(one, other with { Version = 2 });
    }

    [Theory]
    [InlineData("""{"number":1,"name":"x","regions":["x"],"peers":["http://localhost:9"]}""", "Cluster 'west' (1) and cluster 'x' (1) have number '1'.")]
    [InlineData("""{"number":2,"name":"west","regions":["x"],"peers":["http://localhost:9"]}""", "Cluster 'west' (1) and cluster 'west' (2) have name 'west'.")]
    [InlineData("""{"number":2,"name":"x","regions":["west"],"peers":["http://localhost:9"]}""", "Cluster 'west' (1) and cluster 'x' (2) have region 'west'.")]
    [InlineData("""{"number":2,"name":"x","regions":["x"],"peers":["http://localhost:2/"]}""", "have peer 'http://localhost:2'.")]
    [InlineData("""{"number":2,"name":"x","regions":["x"],"peers":["http://localhost:9"],"ordinals":[{"first":1199,"last":1300}]}""",
        "Cluster 'west' (1) has ordinals 600-1199 and cluster 'x' (2) has 1199-1300: both would give 1199.")]
    [InlineData("""{"number":2,"name":"x","regions":["x"],"peers":["http://localhost:9"],"ordinals":[{"first":1,"last":5},{"first":5,"last":6}]}""",
        "Cluster 'x' (2) has ordinals 1-5 and cluster 'x' (2) has 5-6: both would give 5.")]
    [InlineData("""{"number":2,"name":"x","regions":["x"]}""", "Cluster 'x' (2) has no peers, so that no other cluster can reach it")]
    [InlineData("""{"number":16,"name":"x","regions":["x"],"peers":["http://localhost:9"]}""", "clusters[1].number is '16': give a whole number from 0 to 15.")]
    [InlineData("""{"number":-1,"name":"x","regions":["x"],"peers":["http://localhost:9"]}""", "clusters[1].number is '-1'")]
    [InlineData("""{"number":2.5,"name":"x","regions":["x"],"peers":["http://localhost:9"]}""", "clusters[1].number is '2.5'")]
    [InlineData("""{"name":"x","regions":["x"],"peers":["http://localhost:9"]}""", "clusters[1].number is missing: give a whole number.")]
    [InlineData("""{"number":2,"name":"","regions":["x"],"peers":["http://localhost:9"]}""", "clusters[1].name is empty.")]
    [InlineData("""{"number":2,"name":"x\u001b[31m","regions":["x"],"peers":["http://localhost:9"]}""", "'x\\u001b[31m' is not a name of a cluster")]
    [InlineData("""{"number":2,"name":"x","regions":["x "],"peers":["http://localhost:9"]}""", "'x ' is not a region")]
    [InlineData("""{"number":2,"name":"x","regions":[],"peers":["http://localhost:9"]}""", "clusters[1].regions is empty: give at least one.")]
    [InlineData("""{"number":2,"name":"x","regions":[7],"peers":["http://localhost:9"]}""", "clusters[1].regions[0] is not a text.")]
    [InlineData("""{"number":2,"name":"x","regions":"x","peers":["http://localhost:9"]}""", "clusters[1].regions is not a list.")]
    [InlineData("""{"number":2,"name":"x","region":["x"],"peers":["http://localhost:9"]}""", "clusters[1].'region' is not known.")]
    [InlineData("""{"number":2,"name":"x","name":"y","regions":["x"],"peers":["http://localhost:9"]}""", "clusters[1].name is there twice.")]
    [InlineData("""{"number":2,"name":"x","regions":["x"],"peers":["http://localhost:9"],"ordinals":[]}""", "clusters[1].ordinals is empty")]
    [InlineData("""{"number":2,"name":"x","regions":["x"],"peers":["http://localhost:9"],"ordinals":[{"first":9000,"last":10000}]}""",
        "clusters[1].ordinals[0].last is '10000': give a whole number from 1 to 9999.")]
    [InlineData("""{"number":2,"name":"x","regions":["x"],"peers":["http://localhost:9"],"ordinals":[{"first":9,"last":8}]}""", "is 9 and last is 8")]
    [InlineData("""{"number":2,"name":"x","regions":["x"],"peers":["http://far:9"]}""", "http:// is for addresses of the same machine only.")]
    [InlineData("""{"number":2,"name":"x","regions":["x"],"peers":["ftp://localhost"]}""", "has peer 'ftp://localhost': write https://")]
    [InlineData("""{"number":2,"name":"x","regions":["x"],"peers":["nonsense"]}""", "has peer 'nonsense': that is no address")]
    [InlineData("""{"number":2,"name":"x","regions":["x"],"peers":["https://u:p@far/x?y"],"thumbprints":["00"]}""", "it is a base address")]
    [InlineData("""{"number":2,"name":"x","regions":["x"],"peers":["https://far:9"]}""", "has neither authority, authorityFile nor thumbprints")]
    [InlineData("""{"number":2,"name":"x","regions":["x"],"peers":["https://far:9"],"thumbprints":["00"]}""", "has thumbprint '00': give the SHA-256 digest")]
    [InlineData("""{"number":2,"name":"x","regions":["x"],"peers":["https://far:9"],"authority":"no"}""", "an authority that is not a certificate in PEM")]
    [InlineData("""{"number":2,"name":"x","regions":["x"],"peers":["https://far:9"],"authorityFile":"a\nb"}""", "authorityFile 'a\\u000ab'")]
    [InlineData("7", "clusters[1] is not an object.")]
    public void A_second_cluster_that_cannot_be_beside_the_first_is_refused_naming_both(string second, string sentence) =>
        Assert.Contains(FederationSample.FaultsOf(FederationSample.Around($"{West},{second}")), f => f.Contains(sentence, StringComparison.Ordinal));

    [Theory]
    [InlineData("""{"version":1,"intervalLength":"1.00:00:00","clusters":[]}""", "store is missing", "clusters is empty")]
    [InlineData("""{"store":"x","version":0,"intervalLength":"12:00:00","clusters":7,"more":1}""",
        "'more' is not known. The document may have store, aliases", "store has 'x'", "version is '0'", "intervalLength is '12:00:00'",
        "clusters is not a list")]
    [InlineData("""{"store":"00000000-0000-0000-0000-000000000000"}""", "store has '00000000", "version is missing", "intervalLength is missing", "clusters is missing")]
    [InlineData("[]", "The document is not an object", "store is missing")]
    [InlineData("{", "The document is not JSON (line 1,")]
    [InlineData("{} // x", "The document is not JSON")]
    [InlineData("""{"store":"\ud800"}""", "half of a surrogate pair")]
    public void All_that_is_wrong_is_said_at_once(string json, params string[] sentences) =>
        Assert.All(sentences, sentence => Assert.Contains(FederationSample.FaultsOf(json), f => f.Contains(sentence, StringComparison.Ordinal)));

    [Fact]
    public void Faults_of_reading_hide_no_fault_between_clusters()
    {
        var faults = FederationSample.FaultsOf(FederationSample.Around(
            $$"""{{West}},{"number":1,"name":"west","regions":["west"],"peers":["http://far"],"what":1,"ordinals":[{"first":700,"last":701}]}"""));

        Assert.Equal(7, faults.Count);
    }

    [Fact]
    public void An_alias_is_named_once_and_is_not_the_store()
    {
        var json = $$"""{"store":"{{FederationSample.Store}}","aliases":["{{FederationSample.Store}}","{{FederationSample.Alias}}","{{FederationSample.Alias}}"],""";
        var faults = FederationSample.FaultsOf(json + $$""" "version":1,"intervalLength":"1.00:00:00","clusters":[{{West}}]}""");

        Assert.Equal([$"aliases has {FederationSample.Alias} twice.", $"aliases has {FederationSample.Store}, which is the store itself."],
            faults.Select(static f => f[..(f.IndexOf('.', StringComparison.Ordinal) + 1)]));
    }

    [Fact]
    public void A_document_is_bounded_and_so_is_the_number_of_clusters()
    {
        var large = FederationSample.FaultsOf(FederationSample.Around(new string(' ', FederationDocument.MaxBytes)));
        Assert.Contains($"larger than {FederationDocument.MaxBytes} bytes", Assert.Single(large), StringComparison.Ordinal);
        var many = FederationSample.FaultsOf(FederationSample.Around(string.Join(',', Enumerable.Repeat(West, 17))));
        Assert.Contains("has 17 clusters, more than 16", Assert.Single(many), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_or_too_large_is_refused_with_its_name()
    {
        var missing = Assert.Throws<FederationException>(() => FederationFile.Read("/nonexistent/federation.json"));
        Assert.Contains("/nonexistent/federation.json cannot be read", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_authority_may_be_pasted()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        var pem = System.Text.Json.JsonSerializer.Serialize(certificate.ExportCertificatePem());
        var cluster = $$"""{"number":2,"name":"x","regions":["x"],"peers":["https://far:9"],"authority":{{pem}}""";

        Assert.Empty(FederationSample.FaultsOf(FederationSample.Around($$"""{{West}},{{cluster}}}""")));
        Assert.Contains("not both", Assert.Single(FederationSample.FaultsOf(FederationSample.Around($$"""{{West}},{{cluster}},"authorityFile":"ca.pem"}"""))),
            StringComparison.Ordinal);
    }
}
