using AllData.Configuration;
using AllData.Security;
using AllData.Silo.Http;
using Microsoft.Extensions.Options;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace AllData.Silo.Telemetry;

/// <summary>Puts OpenTelemetry into a silo, as its options say.</summary>
internal static class TelemetryHosting
{
    /// <summary>The route of the metrics.</summary>
    public const string MetricsPath = "/metrics";

    /// <summary>Registers it; nothing is registered of what is off.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="options">What is on. Taken from the settings themselves, because it decides what is registered.</param>
    public static void AddTelemetry(this WebApplicationBuilder builder, TelemetryOptions options)
    {
        builder.Services.AddOptions<TelemetryOptions>().BindConfiguration(TelemetryOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<TelemetryOptions>, TelemetryOptionsValidator>();
        if (!options.HasMetrics || new TelemetryOptionsValidator().Validate(null, options).Failed)
        {
            return;
        }

        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(resource => Describe(resource, builder.Configuration));
        telemetry.WithMetrics(metrics => Configure(metrics, options));
        if (options.HasTraces)
        {
            telemetry.WithTracing(traces => Configure(traces, options));
        }
    }

    /// <summary>Lets traces travel with calls to grains, where traces are recorded: without, each call is spared the filters.</summary>
    public static void AddTelemetry(this ISiloBuilder silo, TelemetryOptions options)
    {
        if (options.HasTraces)
        {
            silo.AddIncomingGrainCallFilter<IncomingTrace>();
            silo.AddOutgoingGrainCallFilter<OutgoingTrace>();
        }
    }

    /// <summary>Maps the route of the metrics, where it is on.</summary>
    public static void MapTelemetry(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<TelemetryOptions>>().Value.Prometheus)
        {
            app.MapPrometheusScrapingEndpoint(MetricsPath)
                .WithMetadata(new NeedsRole(StoreRoles.Reader | StoreRoles.Operator), new HttpMethodMetadata([HttpMethods.Get]));
        }
    }

    private static void Describe(ResourceBuilder resource, ConfigurationManager configuration)
    {
        var peer = configuration.GetSection($"{AllDataOptions.SectionName}:{nameof(AllDataOptions.Peer)}").Get<PeerOptions>() ?? new PeerOptions();
        resource.AddService("alldata-silo", "alldata", typeof(TelemetryHosting).Assembly.GetName().Version?.ToString(), serviceInstanceId: peer.Id)
            .AddAttributes([new("alldata.peer.zone", peer.Zone), new("alldata.peer.region", peer.Region)]);
    }

    private static void Configure(MeterProviderBuilder metrics, TelemetryOptions options)
    {
        metrics.AddMeter([AllDataTelemetry.Meter, .. options.MeterNames]);
        if (options.Prometheus)
        {
            metrics.AddPrometheusExporter();
        }

        if (options.HasOtlp)
        {
            metrics.AddOtlpExporter((exporter, reader) =>
            {
                Configure(exporter, options, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.MetricInterval.TotalMilliseconds;
            });
        }
    }

    private static void Configure(TracerProviderBuilder traces, TelemetryOptions options) => traces
        .AddSource(AllDataTelemetry.ServerSource, AllDataTelemetry.ClientSource)
        .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.TraceRatio)))
        .AddAspNetCoreInstrumentation(static http => http.Filter = IsOfInterest)
        .AddOtlpExporter(exporter => Configure(exporter, options, "v1/traces"));

    // Supervisors and collectors ask all the time.
    private static bool IsOfInterest(HttpContext context) =>
        !context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal) && context.Request.Path != MetricsPath;

    private static void Configure(OtlpExporterOptions exporter, TelemetryOptions options, string path)
    {
        var isHttp = options.OtlpProtocol == OtlpProtocol.HttpProtobuf;
        var endpoint = new Uri(options.OtlpEndpoint);
        exporter.Protocol = isHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        exporter.Endpoint = isHttp && endpoint.AbsolutePath == "/" ? new Uri(endpoint, path) : endpoint;
        if (options.OtlpHeadersFile.Length > 0)
        {
            exporter.Headers = OtlpHeaders.Read(options.OtlpHeadersFile).Headers;
        }
    }
}
