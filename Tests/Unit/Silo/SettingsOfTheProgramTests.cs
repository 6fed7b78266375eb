using System.Collections;
using System.Reflection;
using AllData.Clustering;
using AllData.Configuration;
using AllData.Silo.Hosting;
using AllData.Silo.Http;
using AllData.Silo.LocalCluster;
using AllData.Silo.Telemetry;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

/// <summary>The silo program with settings that make no sense: one sentence that names the setting, no stack.</summary>
public sealed class SettingsOfTheProgramTests : IDisposable
{
    private static readonly (string Path, Type Type)[] Sections =
    [
        ("AllData", typeof(AllDataOptions)), ("AllData:Http", typeof(EventHttpOptions)), ("AllData:Silo", typeof(SiloEndpointOptions)),
        ("AllData:Cluster", typeof(AllDataClusterOptions)), ("AllData:Telemetry", typeof(TelemetryOptions)),
    ];

    private readonly TemporaryDirectory _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Each_setting_that_is_no_text_refuses_a_text_with_one_sentence_that_names_it()
    {
        var leaves = Sections.SelectMany(static s => Leaves(s.Path, s.Type)).Where(static l => l.Type != typeof(string)).ToList();
        Assert.True(leaves.Count > 50, $"Only {leaves.Count} settings were found.");
        foreach (var (path, _) in leaves)
        {
            var (code, lines) = await RunAsync($"--{path}=nonsense");
            Assert.True(code == 1 && lines.Length == 1
                && lines[0].StartsWith($"{path} is 'nonsense': write ", StringComparison.Ordinal), $"{path}: {code} {string.Join('\n', lines)}");
        }
    }

    [Fact]
    public async Task Each_number_and_time_below_zero_is_refused_in_sentences_that_name_it()
    {
        foreach (var (path, type) in Sections.SelectMany(static s => Leaves(s.Path, s.Type)))
        {
            var value = type == typeof(TimeSpan) ? "-00:00:01" : type == typeof(int) || type == typeof(long) || type == typeof(double) ? "-1" : null;
            if (value is not null)
            {
                var (code, lines) = await RunAsync($"--{path}={value}");
                var name = path[(path.LastIndexOf(':') + 1)..];
                Assert.True(
                    code == 1 && lines.Any(l => l.Contains($"{name} ", StringComparison.Ordinal) && l.StartsWith("AllData:", StringComparison.Ordinal))
                        && !lines.Any(IsStack),
                    $"{path}={value}: {code} {string.Join('\n', lines)}");
            }
        }
    }

    [Theory]
    [InlineData("--AllData:Http:Adress=127.0.0.1", "AllData:Http:Adress is not a setting. Did you mean AllData:Http:Address?")]
    [InlineData("--AllData:Http:Ingest:BatchEvent=1", "Did you mean AllData:Http:Ingest:BatchEvents?")]
    [InlineData("--AllData:Cluster:Provider=Oracle", "AllData:Cluster:Provider is 'Oracle': write one of Sqlite, PostgreSql.")]
    [InlineData("--AllData:Silo:Address=0.0.0.0", "Give this machine's own address")]
    [InlineData("--AllData:Silo:Address=silo-1", "Give this machine's own address")]
    [InlineData("--AllData:Peer:Endpoint=http://0.0.0.0:8081", "AllData:Peer:Endpoint is 'http://0.0.0.0:8081': write the address at which others reach")]
    [InlineData("--AllData:Peer:Endpoint=http://[::]:8081", "write the address at which others reach")]
    [InlineData("--AllData:Peer:Id=North A", "AllData:Peer:Id is 'North A', which is not a peer name")]
    public async Task A_setting_that_makes_no_sense_is_one_sentence(string argument, string sentence)
    {
        var (code, lines) = await RunAsync(argument);

        Assert.Equal(1, code);
        Assert.Contains(sentence, Assert.Single(lines));
    }

    [Theory]
    [InlineData("127.0.0.1", "10.0.0.5", 8081, false, "http://127.0.0.1:8081")]
    [InlineData("0.0.0.0", "10.0.0.5", 8081, false, "http://10.0.0.5:8081")]
    [InlineData("0.0.0.0", "10.0.0.5", 8081, true, "https://10.0.0.5:8081")]
    [InlineData("::", "fd00::5", 8081, false, "http://[fd00::5]:8081")]
    [InlineData("::1", "10.0.0.5", 8081, false, "http://[::1]:8081")]
    [InlineData("0.0.0.0", "10.0.0.5", 0, false, "")]
    public void The_address_that_others_are_shown_is_one_that_they_can_reach(string http, string silo, int port, bool isSecure, string expected) =>
        Assert.Equal(expected, PeerEndpoint.Of(new EventHttpOptions { Address = http, Port = port }, new SiloEndpointOptions { Address = silo }, isSecure));

    [Fact]
    public void A_local_cluster_whose_directory_cannot_be_made_or_whose_settings_make_no_sense_is_one_sentence()
    {
        var file = Path.Combine(_data.Path, "file");
        File.WriteAllText(file, "");
        Assert.Contains("--data is", Assert.Single(LocalClusterCheck.Complaints(LocalClusterLayout.Create(Path.Combine(file, "cluster"), 25_000, 1), [])));
        Assert.Contains("--data is", Assert.Single(LocalClusterCheck.Complaints(LocalClusterLayout.Create(file, 25_000, 1), [])));
        var good = LocalClusterLayout.Create(Path.Combine(_data.Path, "cluster"), 25_000, 1);
        Assert.Contains("Factor?", Assert.Single(LocalClusterCheck.Complaints(good, ["--AllData:Replication:Factr=3"])));
        Assert.Empty(LocalClusterCheck.Complaints(good, ["--AllData:Replication:Factor=3"]));
    }

    private static bool IsStack(string line) => line.TrimStart().StartsWith("at ", StringComparison.Ordinal);

    private static IEnumerable<(string Path, Type Type)> Leaves(string path, Type type)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(static p => p.SetMethod is { IsPublic: true }))
        {
            var isSection = property.PropertyType.IsClass && property.PropertyType != typeof(string)
                && !typeof(IEnumerable).IsAssignableFrom(property.PropertyType);
            foreach (var leaf in isSection ? Leaves($"{path}:{property.Name}", property.PropertyType) : [($"{path}:{property.Name}", property.PropertyType)])
            {
                yield return leaf;
            }
        }
    }

    private async Task<(int Code, string[] Lines)> RunAsync(string argument)
    {
        var errors = new StringWriter();
        var free = LocalClusterLayout.Create(_data.Path, FreePorts.ForLocalCluster(1), 1).Peers[0];
        string[] settings =
        [
            $"--AllData:DataDirectory={_data.Path}", $"--AllData:Http:Port={free.HttpPort}", $"--AllData:Silo:SiloPort={free.SiloPort}",
            $"--AllData:Silo:GatewayPort={free.GatewayPort}", argument,
        ];
        using var ended = new MemoryStream();
        var code = await SiloRun.RunAsync(SiloSettings.Of([.. settings]), ended, errors);
        return (code, errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }
}
