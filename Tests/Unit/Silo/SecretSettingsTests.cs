using AllData.Silo.LocalCluster;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

public sealed class SecretSettingsTests
{
    private const string Storage = "--AllData:Storage:ConnectionString=Host=db;Username=alldata;Password=hunter2";
    private const string Plain = "--AllData:Storage:Provider=PostgreSql";

    private static readonly LocalClusterLayout Layout = LocalClusterLayout.Create("/data", LocalClusterLayout.DefaultBasePort, 2);

    [Theory]
    [InlineData(Storage)]
    [InlineData("--AllData:Cluster:ConnectionString=Host=db")]
    [InlineData("--Anything:DbPassword=x")]
    [InlineData("--Anything:Url=postgres://alldata:hunter2@db/alldata")]
    [InlineData("--Anything:Text=Host=db;PWD = x")]
    public void A_setting_with_a_secret_is_known_and_shown_without_it(string setting)
    {
        Assert.True(SecretSettings.IsSecret(setting));
        Assert.EndsWith("=***", SecretSettings.Shown(setting));
        Assert.DoesNotContain("hunter2", SecretSettings.Shown(setting));
    }

    [Theory]
    [InlineData(Plain)]
    [InlineData("--AllData:Http:Port=9081")]
    [InlineData("--AllData:DataDirectory=/secret/data")]
    public void Other_settings_are_shown_as_they_are(string setting)
    {
        Assert.False(SecretSettings.IsSecret(setting));
        Assert.Equal(setting, SecretSettings.Shown(setting));
    }

    [Fact]
    public void Secrets_are_not_arguments_of_a_child_but_in_its_environment_and_a_person_is_told_which_variable_to_set()
    {
        var commands = new PeerCommandLine(Layout, [Storage, Plain]);
        var peer = Layout.Peers[0];

        Assert.DoesNotContain(commands.ForChild(peer), argument => argument.Contains("hunter2"));
        Assert.Contains(Plain, commands.ForChild(peer));
        Assert.Equal("Host=db;Username=alldata;Password=hunter2", commands.EnvironmentForChild["AllData__Storage__ConnectionString"]);
        Assert.DoesNotContain("hunter2", commands.ForPerson(peer, new ChildProgram("silo", []), isInRepository: false));
        Assert.Contains(Plain, commands.ForPerson(peer, new ChildProgram("silo", []), isInRepository: false));
        Assert.Equal("AllData__Storage__ConnectionString", Assert.Single(commands.VariablesForPerson));
    }
}
