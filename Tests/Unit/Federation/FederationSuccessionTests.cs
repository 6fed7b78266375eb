using AllData.Federation;

namespace AllData.Tests.Unit.Federation;

/// <summary>Which document may take the place of which.</summary>
public sealed class FederationSuccessionTests
{
    private static readonly FederationDocument InUse = FederationSample.Document(version: 2);

    [Fact]
    public void The_same_document_and_a_higher_version_may_follow()
    {
        Assert.Empty(FederationSuccession.FaultsOf(InUse, FederationSample.Document(version: 2)));
        Assert.Empty(FederationSuccession.FaultsOf(InUse, FederationSample.Document(version: 3, aliases: [])));
        Assert.Empty(FederationSuccession.FaultsOf(InUse, FederationSample.Document(version: 3, north: [new(1, 599), new(1200, 1300)])));
    }

    [Fact]
    public void A_lower_version_is_refused() => CheckRefused(FederationSample.Document(version: 1), "Version 1 is lower than version 2, which is in use.");

    [Fact]
    public void An_equal_version_with_another_content_is_refused() => CheckRefused(
        FederationSample.Document(version: 2, aliases: []), "Version 2 is in use with another content. Raise the version with every change: to 3 here.");

    [Fact]
    public void Another_store_is_refused_whatever_its_aliases()
    {
        var other = new Guid("11111111-1f0a-4a52-9a57-3c9b6f0a7d11");
        CheckRefused(FederationSample.Document(version: 3, store: other, aliases: [FederationSample.Store]),
            $"Version 3 is of store {other}, version 2, which is in use, of store {FederationSample.Store}.");
    }

    [Fact]
    public void Another_interval_length_is_refused() => CheckRefused(
        FederationSample.Document(version: 3, length: TimeSpan.FromHours(3)),
        "Version 3 has intervals of 03:00:00, version 2, which is in use, of 1.00:00:00.");

    [Fact]
    public void Ordinals_that_another_cluster_may_have_given_are_refused() => CheckRefused(
        FederationSample.Document(version: 3, north: [new(1, 599), new(1190, 1199)]) with { Clusters = Shifted() },
        "Version 3 gives cluster 'north' (0) ordinals 1190-1199, of which version 2, which is in use, has 600-1199 for cluster 'west' (1)");

    [Fact]
    public void All_reasons_are_said_at_once() => Assert.Equal(
        3, FederationSuccession.FaultsOf(InUse, FederationSample.Document(1, TimeSpan.FromHours(1), Guid.NewGuid())).Count);

    private static System.Collections.Immutable.ImmutableArray<FederationCluster> Shifted() =>
    [
        .. FederationSample.Document(north: [new(1, 599), new(1190, 1199)]).Clusters
            .Select(static c => c.Number == 0 ? c : c with { Ordinals = [new OrdinalRange(600, 1189)] }),
    ];

    private static void CheckRefused(FederationDocument next, string sentence) =>
        Assert.StartsWith(sentence, Assert.Single(FederationSuccession.FaultsOf(InUse, next)), StringComparison.Ordinal);
}
