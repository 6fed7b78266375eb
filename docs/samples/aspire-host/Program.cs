// Three silos of one cluster, each in a zone of its own, with their traces and metrics in Aspire's dashboard.
// Build the silo once, at the root of the repository: dotnet build -c Release Silo
var builder = DistributedApplication.CreateBuilder(args);
var root = Path.GetFullPath("../../..", builder.AppHostDirectory);
var data = Path.Combine(builder.AppHostDirectory, "data");
foreach (var (n, zone) in new[] { "a", "b", "c" }.Index())
{
    var settings = new Dictionary<string, object>
    {
        ["Peer:Id"] = $"north-{zone}",
        ["Peer:Region"] = "north",
        ["Peer:Zone"] = zone,
        ["Replication:Factor"] = 3,
        ["Replication:OtherZoneReplicas"] = 2,
        ["DataDirectory"] = Path.Combine(data, zone),
        ["Cluster:DatabaseFile"] = Path.Combine(data, "cluster.db"),
        ["Http:Port"] = 8481 + n,
        ["Silo:SiloPort"] = 8581 + n,
        ["Silo:GatewayPort"] = 8681 + n,
        ["Telemetry:TraceRatio"] = 1,
    };
    builder
        .AddExecutable($"north-{zone}", "dotnet", root, "run", "-c", "Release", "--no-build", "--no-launch-profile", "--project", "Silo")
        .WithOtlpExporter()
        .WithEnvironment(silo =>
        {
            foreach (var (name, value) in settings)
            {
                silo.EnvironmentVariables[$"AllData__{name.Replace(":", "__")}"] = $"{value}";
            }

            silo.EnvironmentVariables["AllData__Telemetry__OtlpEndpoint"] = silo.EnvironmentVariables["OTEL_EXPORTER_OTLP_ENDPOINT"];
        })
        .WithHttpEndpoint(port: 8481 + n, targetPort: 8481 + n, isProxied: false)
        .WithHttpHealthCheck("/health/ready");
}

builder.Build().Run();
