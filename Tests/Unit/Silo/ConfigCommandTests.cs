using System.CommandLine;
using System.Text.Json;
using AllData.Silo.Commands;
using AllData.Tests.Support;
using Microsoft.Extensions.Configuration;

namespace AllData.Tests.Unit.Silo;

/// <summary><c>config</c> shows what a silo would take, and refuses what a silo refuses.</summary>
public sealed class ConfigCommandTests : IDisposable
{
    private const string ReplicaDeadline = "AllData__Deadlines__Replica";

    private readonly TemporaryDirectory _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Each_setting_has_its_value_where_it_comes_from_and_its_default()
    {
        Environment.SetEnvironmentVariable(ReplicaDeadline, "00:00:03");
        try
        {
            var settings = await ShowAsync("--AllData:Http:Port=9081", $"--AllData:DataDirectory={_data.Path}");

            Assert.Equal(("9081", "command line", "8081"), settings["AllData:Http:Port"]);
            Assert.Equal(("00:00:03", $"environment {ReplicaDeadline}", "00:00:02"), settings["AllData:Deadlines:Replica"]);
            Assert.Equal(
                ("00:00:04", "command line", "00:00:02"), (await ShowAsync("--AllData:Deadlines:Replica=00:00:04"))["AllData:Deadlines:Replica"]);
            Assert.Equal(("1", "default", "1"), settings["AllData:Replication:Factor"]);
            Assert.Equal(("true", "default", "true"), settings["AllData:Peer:Stores"]);
            Assert.Equal((null, "default", null), settings["AllData:Http:HealthPort"]);
            Assert.Equal((Path.Combine(_data.Path, "cluster.db"), "from other settings", null), settings["AllData:Cluster:DatabaseFile"]);
            Assert.Equal(("http://127.0.0.1:9081", "from other settings", null), settings["AllData:Peer:Endpoint"]);
        }
        finally
        {
            Environment.SetEnvironmentVariable(ReplicaDeadline, null);
        }
    }

    [Fact]
    public async Task A_file_of_settings_is_named()
    {
        var configuration = new ConfigurationManager();
        await File.WriteAllTextAsync(Path.Combine(_data.Path, "appsettings.json"), """{"AllData":{"Peer":{"Zone":"a"}}}""");
        configuration.SetBasePath(_data.Path).AddJsonFile("appsettings.json");

        var zone = Assert.Single(EffectiveSettings.Of(configuration), static setting => setting.Name == "AllData:Peer:Zone");

        Assert.Equal(("a", "file appsettings.json", "local"), (zone.Value, zone.Origin, zone.Default));
    }

    [Theory]
    [InlineData("--AllData:Storage:ConnectionString=Host=db;Password=hunter2")]
    [InlineData("--AllData:Security:CertificatePassword=hunter2")]
    [InlineData("--AllData:Cluster:ConnectionString=Host=db;Password=hunter2")]
    public async Task A_secret_is_not_printed(string setting)
    {
        foreach (var arguments in new[] { new[] { setting }, ["--json", setting], ["--set", setting] })
        {
            var (_, output, errors) = await RunAsync(arguments);
            Assert.DoesNotContain("hunter2", output + errors);
            Assert.Contains("***", output);
        }
    }

    [Fact]
    public async Task Set_leaves_out_what_is_the_default()
    {
        var (code, output, _) = await RunAsync("--set", "--AllData:Http:Port=9081");

        Assert.Equal(0, code);
        Assert.Contains("AllData:Http:Port", output);
        Assert.DoesNotContain("AllData:Http:MaxStreams", output);
    }

    [Theory]
    [InlineData("--AllData:Storage:Providr=Sqlite", "AllData:Storage:Providr is not a setting. Did you mean AllData:Storage:Provider?")]
    [InlineData("--AllData:Replication:Factor=99", "AllData:Replication:Factor is 99")]
    [InlineData("--AllData:Cluster:DatabaseWait=-00:00:01", "DatabaseWait")]
    [InlineData("AllData:Http:Port", "'AllData:Http:Port' is not known here")]
    public async Task What_a_silo_refuses_is_refused_with_its_sentence(string argument, string sentence)
    {
        var (code, _, errors) = await RunAsync(argument);

        Assert.Equal(1, code);
        Assert.Contains(sentence, errors);
    }

    private static async Task<Dictionary<string, (string? Value, string Origin, string? Default)>> ShowAsync(params string[] settings)
    {
        var (code, output, errors) = await RunAsync(["--json", .. settings]);
        Assert.True(code == 0, errors);
        using var json = JsonDocument.Parse(output);
        return json.RootElement.EnumerateArray().ToDictionary(
            static s => s.GetProperty("name").GetString()!,
            static s => (s.GetProperty("value").GetString(), s.GetProperty("origin").GetString()!, s.GetProperty("default").GetString()));
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        var code = await SiloCommands.Create().Parse(["config", .. arguments])
            .InvokeAsync(new InvocationConfiguration { Output = output, Error = errors });
        return (code, output.ToString(), errors.ToString());
    }
}
