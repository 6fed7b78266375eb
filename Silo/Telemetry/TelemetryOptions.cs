namespace AllData.Silo.Telemetry;

/// <summary>
/// How a silo reports what it does: metrics and traces by OpenTelemetry. Off by default. Configuration section <c>AllData:Telemetry</c>.
/// </summary>
internal sealed class TelemetryOptions
{
    public const string Section = "AllData:Telemetry";

    /// <summary>
    /// Whether <c>GET /metrics</c> at the HTTP port gives the metrics in the form of Prometheus. Where the silo has certificates, a caller needs the role
    /// reader or operator. Default: false.
    /// </summary>
    public bool Prometheus { get; set; }

    /// <summary>
    /// Where metrics and traces are sent by OTLP: an OpenTelemetry collector, for example <c>http://127.0.0.1:4317</c>. Default: none; nothing is sent.
    /// </summary>
    public string OtlpEndpoint { get; set; } = "";

    /// <summary>How they are sent: Grpc (usually port 4317), or HttpProtobuf (usually port 4318). Default: Grpc.</summary>
    public OtlpProtocol OtlpProtocol { get; set; } = OtlpProtocol.Grpc;

    /// <summary>A file with headers of each request to the collector, a line <c>name=value</c> each, for example of an access key. Default: none.</summary>
    public string OtlpHeadersFile { get; set; } = "";

    /// <summary>How often metrics are sent by OTLP, 1 s to 1 h. Default: 30 s.</summary>
    public TimeSpan MetricInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The share of the traces beginning at this silo that are recorded, 0 to 1; those of callers that record theirs are recorded as well. 0: no traces at
    /// all. It needs <see cref="OtlpEndpoint"/>. Default: 0.
    /// </summary>
    public double TraceRatio { get; set; }

    /// <summary>
    /// Names of further meters, with commas between them, for example <c>System.Runtime, Microsoft.AspNetCore.Hosting, Microsoft.Orleans</c>. Default: none;
    /// the store's own meter is always reported.
    /// </summary>
    public string Meters { get; set; } = "";

    /// <summary>Whether metrics are reported.</summary>
    internal bool HasMetrics => Prometheus || HasOtlp;

    /// <summary>Whether traces are recorded.</summary>
    internal bool HasTraces => HasOtlp && TraceRatio > 0;

    /// <summary>Whether there is a collector.</summary>
    internal bool HasOtlp => OtlpEndpoint.Length > 0;

    /// <summary>The names of <see cref="Meters"/>.</summary>
    internal string[] MeterNames => Meters.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

/// <summary>How telemetry is sent to a collector.</summary>
internal enum OtlpProtocol
{
    /// <summary>gRPC.</summary>
    Grpc,

    /// <summary>Protocol buffers over HTTP.</summary>
    HttpProtobuf,
}
