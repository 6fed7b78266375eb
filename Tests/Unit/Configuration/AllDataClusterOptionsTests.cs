using AllData.Clustering;

namespace AllData.Tests.Unit.Configuration;

/// <summary>What the cluster options refuse.</summary>
public sealed class AllDataClusterOptionsTests
{
    private readonly AllDataClusterOptions _options = new() { DatabaseFile = "cluster.db" };

    [Fact]
    public void Defaults_with_a_file_are_accepted()
    {
        Assert.Empty(Refusals());
        Assert.Equal(("alldata", "alldata", ClusterDatabaseProvider.Sqlite), (_options.ClusterId, _options.ServiceId, _options.Provider));
    }

    [Fact]
    public void PostgreSQL_with_a_host_is_accepted()
    {
        _options.Provider = ClusterDatabaseProvider.PostgreSql;
        _options.ConnectionString = "Host=db;Database=alldata";
        Assert.Empty(Refusals());
    }

    [Fact]
    public void SQLite_needs_a_file()
    {
        _options.DatabaseFile = " ";
        Refused("AllData:Cluster:DatabaseFile is empty; with Provider=Sqlite name a file on a local disk");
    }

    [Fact]
    public void SQLite_with_a_connection_string_is_refused_because_the_database_would_not_be_the_one_that_was_meant()
    {
        _options.ConnectionString = "Host=db;Database=alldata;Password=secret";
        Refused("AllData:Cluster:ConnectionString is given, and Provider=Sqlite does not use it: write Provider=PostgreSql, or leave it out.");
    }

    [Theory]
    [InlineData("")]
    [InlineData("Database=alldata")]
    public void PostgreSQL_needs_a_host(string connectionString)
    {
        _options.Provider = ClusterDatabaseProvider.PostgreSql;
        _options.ConnectionString = connectionString;
        Refused("AllData:Cluster:ConnectionString names no host; with Provider=PostgreSql write Host=");
    }

    [Fact]
    public void A_connection_string_that_is_not_understood_is_refused_without_repeating_its_password()
    {
        _options.Provider = ClusterDatabaseProvider.PostgreSql;
        _options.ConnectionString = "Host=db;Password=secret;Colour=blue";
        Refused("AllData:Cluster:ConnectionString is not understood");
        Assert.DoesNotContain("secret", Assert.Single(Refusals()), StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_provider_is_refused()
    {
        _options.Provider = (ClusterDatabaseProvider)7;
        Refused("AllData:Cluster:Provider is 7; write Sqlite or PostgreSql.");
    }

    [Fact]
    public void Names_must_not_be_empty()
    {
        _options.ClusterId = "";
        Refused("AllData:Cluster:ClusterId has 0 characters; give it 1 to 150, or leave it out for 'alldata'.");
    }

    [Fact]
    public void The_wait_for_the_database_is_bounded()
    {
        _options.DatabaseWait = TimeSpan.FromHours(2);
        Refused("AllData:Cluster:DatabaseWait is 02:00:00; give it 0 to 01:00:00");
    }

    private string[] Refusals() => [.. new AllDataClusterOptionsValidator().Validate(null, _options).Failures ?? []];

    private void Refused(string sentence) => Assert.Contains(sentence, Assert.Single(Refusals()), StringComparison.Ordinal);
}
