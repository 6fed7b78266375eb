using AllData.Silo.Telemetry;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

/// <summary>Settings of telemetry that could not work are refused.</summary>
public sealed class TelemetryOptionsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    public static TheoryData<string, Action<object>> Wrong() => new()
    {
        { "OtlpEndpoint is 'collector:4317'; write the address of a collector", Set(static o => o.OtlpEndpoint = "collector:4317") },
        { "OtlpEndpoint is 'http://user:pass@host'", Set(static o => o.OtlpEndpoint = "http://user:pass@host") },
        { "TraceRatio is -0.1; it is a share", Set(static o => o.TraceRatio = -0.1) },
        { "TraceRatio is 1.1; it is a share", Set(static o => o.TraceRatio = 1.1) },
        { "TraceRatio is NaN; it is a share", Set(static o => o.TraceRatio = double.NaN) },
        { "TraceRatio is 0.5, and the traces would go nowhere", Set(static o => (o.OtlpEndpoint, o.TraceRatio) = ("", 0.5)) },
        { "MetricInterval is 00:00:00.5000000; 00:00:01 to 01:00:00", Set(static o => o.MetricInterval = TimeSpan.FromSeconds(0.5)) },
        { "MetricInterval is 02:00:00", Set(static o => o.MetricInterval = TimeSpan.FromHours(2)) },
        { "OtlpHeadersFile: '/no/such/file' cannot be read", Set(static o => o.OtlpHeadersFile = "/no/such/file") },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_could_not_work_is_refused_with_a_sentence(string sentence, Action<object> change)
    {
        var options = new TelemetryOptions { OtlpEndpoint = "http://127.0.0.1:4317", TraceRatio = 0.01, Prometheus = true };
        Assert.True(new TelemetryOptionsValidator().Validate(null, options).Succeeded);

        change(options);

        Assert.StartsWith($"AllData:Telemetry:{sentence}", Assert.Single(new TelemetryOptionsValidator().Validate(null, options).Failures!));
    }

    [Fact]
    public void Nothing_is_on_by_default() =>
        Assert.Equal((false, false, false), (new TelemetryOptions().HasMetrics, new TelemetryOptions().HasTraces, new TelemetryOptions().Prometheus));

    [Fact]
    public void Headers_come_from_a_file_and_a_line_that_is_none_is_named()
    {
        var file = Path.Combine(_directory.Path, "headers");
        File.WriteAllText(file, "authorization=Bearer a=b%\n\n x-key = 1 \n");
        Assert.Equal(("authorization=Bearer%20a%3Db%25,x-key=1", null), OtlpHeaders.Read(file));

        foreach (var line in new[] { "no header", "=1", "y=a,b" })
        {
            File.WriteAllText(file, $"x=1\n{line}\n");
            Assert.Equal(("", $"Line 2 of '{file}' is no header; write name=value, without a comma."), OtlpHeaders.Read(file));
        }
    }

    private static Action<object> Set(Action<TelemetryOptions> change) => options => change((TelemetryOptions)options);
}
