using AllData.Silo.Hosting;
using AllData.Tests.Support;
using Microsoft.Extensions.Configuration;
using YamlDotNet.RepresentationModel;

namespace AllData.Tests.Unit.Documentation;

/// <summary>The files that the guide for deployment names.</summary>
public sealed class DeploymentTests : IDisposable
{
    private const string Analyzer = "/usr/bin/systemd-analyze";

    private static readonly string Files = Path.Combine(Repository.Root, "docs", "deploy");

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Systemd_finds_nothing_wrong_with_the_unit()
    {
        if (!File.Exists(Analyzer))
        {
            return;
        }

        // The program is not where the unit has it.
        var unit = Path.Combine(_directory.Path, "alldata-silo.service");
        var text = await File.ReadAllTextAsync(Path.Combine(Files, "alldata-silo.service"));
        Assert.Contains("ExecStart=/opt/alldata/AllData.Silo\n", text);
        await File.WriteAllTextAsync(unit, text.Replace("/opt/alldata/AllData.Silo", "/bin/true", StringComparison.Ordinal));

        var run = await ProgramRun.RunAsync(Analyzer, TimeSpan.FromMinutes(1), _directory.Path, "verify", "--man=no", unit);

        Assert.True(run.ExitCode == 0 && run.Errors.Length == 0, run.Output + run.Errors);
    }

    [Fact]
    public void Each_Kubernetes_manifest_has_what_its_kind_requires()
    {
        var documents = Manifests().ToList();

        Assert.Equal(
            ["ConfigMap", "PodDisruptionBudget", "Service", "Service", "StatefulSet"],
            documents.ConvertAll(static d => Text(d, "kind")).Order(StringComparer.Ordinal));
        Assert.All(documents, static d => Assert.All((string[])["apiVersion", "metadata.name"], path => Assert.NotEmpty(Text(d, path))));
        var set = documents.Single(static d => Text(d, "kind") == "StatefulSet");
        Assert.Equal(Text(set, "spec.selector.matchLabels.zone"), Text(set, "spec.template.metadata.labels.zone"));
        Assert.Equal(Text(set, "spec.selector.matchLabels.app"), Text(set, "spec.template.metadata.labels.app"));
        Assert.Contains(documents, d => Text(d, "kind") == "Service" && Text(d, "metadata.name") == Text(set, "spec.serviceName"));
        Assert.Equal("true", Text(set, "spec.template.spec.securityContext.runAsNonRoot"));
        var container = (YamlMappingNode)((YamlSequenceNode)At(set, "spec.template.spec.containers")).Children.Single();
        Assert.Equal("/health/ready", Text(container, "readinessProbe.httpGet.path"));
        Assert.Equal("/health/live", Text(container, "livenessProbe.httpGet.path"));
    }

    [Fact]
    public void A_silo_knows_each_setting_of_the_manifests()
    {
        var map = Manifests().Single(static d => Text(d, "kind") == "ConfigMap");
        var set = Manifests().Single(static d => Text(d, "kind") == "StatefulSet");
        var container = (YamlMappingNode)((YamlSequenceNode)At(set, "spec.template.spec.containers")).Children.Single();
        var settings = ((YamlMappingNode)At(map, "data")).Children.Select(static pair => (Name: pair.Key.ToString(), Value: pair.Value.ToString()))
            .Concat(((YamlSequenceNode)At(container, "env")).Children.Cast<YamlMappingNode>()
                .Select(static variable => (
                    Name: Text(variable, "name"), Value: variable.Children.ContainsKey("value") ? Text(variable, "value") : "10.0.0.5")));

        // It refuses what it does not know.
        var arguments = settings.Select(static s => $"--{s.Name.Replace("__", ":", StringComparison.Ordinal)}={s.Value}");
        var configuration = SiloHost.Configure(SiloSettings.Of([.. arguments])).Configuration;

        Assert.Equal("PostgreSql", configuration["AllData:Cluster:Provider"]);
    }

    private static IEnumerable<YamlMappingNode> Manifests() => Directory.GetFiles(Path.Combine(Files, "kubernetes"), "*.yaml").SelectMany(static file =>
    {
        var stream = new YamlStream();
        using var reader = new StreamReader(file);
        stream.Load(reader);
        return stream.Documents.Select(static document => (YamlMappingNode)document.RootNode);
    });

    private static string Text(YamlNode node, string path) => At(node, path).ToString();

    private static YamlNode At(YamlNode node, string path) => path.Split('.').Aggregate(node, (at, name) =>
        ((YamlMappingNode)at).Children.TryGetValue(name, out var child) ? child : throw new KeyNotFoundException($"There is no {path} ({name}) in\n{node}"));
}
