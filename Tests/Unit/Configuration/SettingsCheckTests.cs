using AllData.Configuration;
using AllData.Peers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace AllData.Tests.Unit.Configuration;

/// <summary>Settings that are misspelt or cannot be read.</summary>
public sealed class SettingsCheckTests
{
    private static readonly Dictionary<string, Type?> Hosts = new() { ["Http"] = null };

    [Theory]
    [InlineData("Replication:Factr", "3", "AllData:Replication:Factr is not a setting. Did you mean AllData:Replication:Factor?")]
    [InlineData("replication:factr", "3", "AllData:Replication:factr is not a setting. Did you mean AllData:Replication:Factor?")]
    [InlineData("Factor", "3", "AllData:Factor is not a setting. Did you mean AllData:Replication:Factor?")]
    [InlineData("Replication:Level", "One", "AllData:Replication:Level is not a setting. Did you mean AllData:Replication:CommitLevel?")]
    [InlineData("Replicaton:Factor", "3", "AllData:Replicaton is not a setting. Did you mean AllData:Replication?")]
    [InlineData("DataDirectry", "x", "AllData:DataDirectry is not a setting. Did you mean AllData:DataDirectory?")]
    [InlineData("Peer:Colour", "red", "AllData:Peer:Colour is not a setting. Below AllData:Peer there are Endpoint, Id, Region, Stores, Zone.")]
    [InlineData("Peer:Id:Name", "x", "AllData:Peer:Id:Name is not a setting: AllData:Peer:Id is a single value, a text.")]
    [InlineData("Peer", "x", "AllData:Peer is 'x', but it is a section: write AllData:Peer:Endpoint=… or another of Endpoint, Id, Region, Stores, Zone.")]
    [InlineData("IntervalLength", "2days", "AllData:IntervalLength is '2days': write a time as days.hours:minutes:seconds, for example 00:00:30 or "
        + "1.00:00:00.")]
    [InlineData("Replication:CommitLevel", "Two", "AllData:Replication:CommitLevel is 'Two': write one of One, Quorum, All, Local.")]
    [InlineData("Replication:Factor", "3.5", "AllData:Replication:Factor is '3.5': write a whole number of at most 2147483647.")]
    [InlineData("Peer:Stores", "yes", "AllData:Peer:Stores is 'yes': write true or false.")]
    [InlineData("Storage:Vfs", "x", "AllData:Storage:Vfs is not a setting.")]
    public void A_setting_that_would_be_passed_over_or_cannot_be_read_is_refused_with_one_sentence(string key, string value, string sentence)
    {
        var failure = Assert.Throws<OptionsValidationException>(() => Check((key, value)));

        Assert.StartsWith(sentence, Assert.Single(failure.Failures));
    }

    [Fact]
    public void Settings_whatever_their_case_and_the_sections_of_a_host_are_taken()
    {
        Check(("PEER:id", "north-a"), ("intervallength", "01:00:00"), ("replication:commitlevel", "all"), ("Http:Anything", "1"));
        SettingsCheck.ThrowIfUnusable(Section(("Reports:Address", "x")), "AllData", typeof(AllDataOptions), Hosts, isShared: true);
        Assert.Throws<OptionsValidationException>(() => Check(("Reports:Address", "x")));
        Assert.Throws<OptionsValidationException>(
            () => SettingsCheck.ThrowIfUnusable(Section(("Limit:MaxScans", "1")), "AllData", typeof(AllDataOptions), Hosts, isShared: true));
    }

    [Fact]
    public void An_environment_variable_is_checked_like_every_other_setting()
    {
        const string Variable = "SETTINGSCHECK_AllData__Replication__Factr";
        Environment.SetEnvironmentVariable(Variable, "3");
        try
        {
            var section = new ConfigurationBuilder().AddEnvironmentVariables("SETTINGSCHECK_").Build().GetSection("AllData");
            var failure = Assert.Throws<OptionsValidationException>(() => SettingsCheck.ThrowIfUnusable(section, "AllData", typeof(AllDataOptions)));
            Assert.Contains("AllData:Replication:Factor?", failure.Message);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }

    [Theory]
    [InlineData("Hosts:0", "a", null)]
    [InlineData("Hosts", "a", "AllData:Hosts is 'a', but it is a list: write AllData:Hosts:0=…")]
    [InlineData("Hosts:first", "a", "AllData:Hosts:first is not a setting: AllData:Hosts is a list, its entries are AllData:Hosts:0, "
        + "AllData:Hosts:1 and so on.")]
    [InlineData("Ports:1", "x", "AllData:Ports:1 is 'x': write a whole number of at most 2147483647.")]
    [InlineData("Callers:ann:MaxScans", "2", null)]
    [InlineData("Callers:ann:MaxScan", "2", "AllData:Callers:ann:MaxScan is not a setting. Did you mean AllData:Callers:ann:MaxScans?")]
    [InlineData("Callers", "ann", "AllData:Callers is 'ann', but it is a dictionary: write AllData:Callers:NAME=…")]
    [InlineData("Place:Region", "north", null)]
    [InlineData("Place:Regoin", "north", "AllData:Place:Regoin is not a setting. Did you mean AllData:Place:Region?")]
    public void The_entries_of_lists_and_dictionaries_are_checked_each(string key, string value, string? sentence)
    {
        void Check() => SettingsCheck.ThrowIfUnusable(Section((key, value)), "AllData", typeof(ListedOptions));

        if (sentence is null)
        {
            Check();
        }
        else
        {
            Assert.Equal(sentence, Assert.Single(Assert.Throws<OptionsValidationException>(Check).Failures));
        }
    }

    /// <summary>What the store's own options do not have yet.</summary>
    private sealed class ListedOptions
    {
        public string[] Hosts { get; set; } = [];

        public List<int> Ports { get; set; } = [];

        public Dictionary<string, LimitOptions> Callers { get; set; } = [];

        public PeerLocation? Place { get; set; }
    }

    private static void Check(params (string Key, string Value)[] settings) =>
        SettingsCheck.ThrowIfUnusable(Section(settings), "AllData", typeof(AllDataOptions), Hosts);

    private static IConfigurationSection Section(params (string Key, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(static s => new KeyValuePair<string, string?>($"AllData:{s.Key}", s.Value))).Build().GetSection("AllData");
}
