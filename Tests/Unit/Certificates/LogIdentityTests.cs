using AllData.Protocol.Certificates;

namespace AllData.Tests.Unit.Certificates;

/// <summary>Clusters of one store have logs of their own.</summary>
public sealed class LogIdentityTests
{
    private static readonly Guid Store = new("5b0cc8a4-1f0a-4a52-9a57-3c9b6f0a7d11");
    private static readonly Guid Alias = new("0c1f6f0e-7a52-4f0e-8a35-1f4f0b6b7c22");

    [Fact]
    public void A_cluster_that_is_a_store_of_its_own_or_had_an_id_before_keeps_it()
    {
        Assert.Equal(Store, LogIdentity.Of(Store, Store, 0));
        Assert.Equal(Alias, LogIdentity.Of(Alias, Store, 0));
        Assert.Equal(Alias, LogIdentity.Of(Alias, Store, 3));
        Assert.Equal(Guid.Empty, LogIdentity.Of(Guid.Empty, Guid.Empty, 3));
    }

    /// <summary>SHA-256 of the store's 16 bytes and the number, with version and variant, by another program.</summary>
    [Theory]
    [InlineData(1, "ceda2b3c-beba-85c6-bbf5-a813eada610c")]
    [InlineData(15, "07119800-2f9e-842f-923c-3938600f2dc6")]
    public void The_others_of_a_store_get_one_by_their_number(int number, string expected) =>
        Assert.Equal(new Guid(expected), LogIdentity.Of(Store, Store, number));
}
