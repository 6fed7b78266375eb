using System.CommandLine;
using AllData.Silo.Commands;
using AllData.Silo.Hosting;
using Microsoft.Extensions.Configuration;

namespace AllData.Tests.Unit.Silo;

public sealed class SiloCommandsTests
{
    private static readonly string[] Layers = ["defaults", "environment", "identity", "command"];

    [Theory]
    [InlineData("local-clutser", "'local-clutser' is not known here")]
    [InlineData("local-cluster --peer 3", "'--peer' is not known here")]
    [InlineData("local-cluster --peers 7", "--peers is '7'; 1 to 6 are possible.")]
    [InlineData("local-cluster --peers many", "--peers is 'many'; 1 to 6 are possible.")]
    [InlineData("local-cluster --base-port 65500", "--base-port is '65500'; 1 to 65330 are possible.")]
    [InlineData("local-cluster --clusters 4", "--clusters is '4'; 1 to 3 are possible.")]
    [InlineData("local-cluster --clusters 2", "--clusters is 2; 1, or 3 for one in each region, are possible.")]
    [InlineData("local-cluster --clusters 3 --peers 4", "--clusters 3 needs all 6 peers")]
    [InlineData("local-cluster --clusters 3 --base-port 65200", "--base-port is 65200; with --clusters 3, 1 to 65130 are possible.")]
    [InlineData("local-peer", "NAME")]
    [InlineData("local-peer north-z", "north-a")]
    [InlineData("local-peer east-f --peers 3", "east-f is not among the first 3 peers. Raise --peers.")]
    public async Task A_command_that_makes_no_sense_ends_with_1_and_a_sentence(string arguments, string sentence)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());

        var code = await SiloCommands.Create().Parse(arguments)
            .InvokeAsync(new InvocationConfiguration { Output = output, Error = errors });

        Assert.Equal(1, code);
        Assert.Contains(sentence, errors.ToString());
    }

    [Theory]
    [InlineData("--help", "local-cluster")]
    [InlineData("local-cluster --help", "--base-port")]
    [InlineData("local-cluster --help", "--clusters")]
    [InlineData("local-peer --help", "--data")]
    public async Task Help_names_what_there_is(string arguments, string part)
    {
        var output = new StringWriter();

        Assert.Equal(0, await SiloCommands.Create().Parse(arguments).InvokeAsync(new InvocationConfiguration { Output = output }));
        Assert.Contains(part, output.ToString());
    }

    [Fact]
    public void Settings_pass_through_whatever_the_command()
    {
        var (settings, complaint) = SettingArguments.From(SiloCommands.Create().Parse(
            "local-cluster --AllData:Replication:Factor=2 --peers 2 --Logging:LogLevel:Default=Debug"));

        Assert.Null(complaint);
        Assert.Equal("--AllData:Replication:Factor=2 --Logging:LogLevel:Default=Debug", string.Join(' ', settings));
    }

    [Fact]
    public void The_command_line_wins_over_identity_over_environment_over_defaults()
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(Pairs("environment", "b", "c", "d"));
        var settings = new SiloSettings(
            Pairs("defaults", "a", "b", "c", "d").ToDictionary(), Pairs("identity", "c", "d").ToDictionary(), ["--X:d=command"]);

        settings.ApplyTo(configuration);

        Assert.Equal(Layers, "abcd".Select(name => configuration[$"X:{name}"]));
    }

    [Theory]
    [InlineData("2026-01-02T03:04:05.006Z info: A.B[0] warn: no", false)]
    [InlineData("2026-01-02T03:04:05.006Z warn: AllData.B[0] x", true)]
    [InlineData("2026-01-02T03:04:05.006Z warn: Orleans.B[0] x", false)]
    [InlineData("2026-01-02T03:04:05.006Z fail: A.B[0] x", true)]
    [InlineData("2026-01-02T03:04:05.006Z crit: A.B[0] x", true)]
    [InlineData("warn:", false)]
    public void Errors_and_the_stores_warnings_are_told_from_other_lines(string line, bool expected) =>
        Assert.Equal(expected, SiloLogFormat.IsForWatchers(line));

    [Theory]
    [InlineData("0.0.0.0", 1, 2, "not a wildcard")]
    [InlineData("here", 1, 2, "IP address")]
    [InlineData("127.0.0.1", 0, 2, "SiloPort is 0")]
    [InlineData("127.0.0.1", 1, 65_536, "GatewayPort is 65536")]
    [InlineData("127.0.0.1", 1, 1, "must differ")]
    public void Endpoints_that_cannot_work_are_refused_with_a_sentence(string address, int silo, int gateway, string sentence)
    {
        var result = new SiloEndpointOptionsValidator().Validate(
            null, new SiloEndpointOptions { Address = address, SiloPort = silo, GatewayPort = gateway });

        Assert.Contains(sentence, result.FailureMessage);
    }

    private static IEnumerable<KeyValuePair<string, string?>> Pairs(string value, params string[] names) =>
        names.Select(name => new KeyValuePair<string, string?>($"X:{name}", value));
}
