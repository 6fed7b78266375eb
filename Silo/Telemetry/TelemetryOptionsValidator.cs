using Microsoft.Extensions.Options;

namespace AllData.Silo.Telemetry;

/// <summary>Refuses to start with telemetry that could not work.</summary>
internal sealed class TelemetryOptionsValidator : IValidateOptions<TelemetryOptions>
{
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestInterval = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, TelemetryOptions options)
    {
        var sentences = Complaints(options).ToList();
        return sentences.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(sentences);
    }

    private static IEnumerable<string> Complaints(TelemetryOptions o)
    {
        if (o.HasOtlp && !IsEndpoint(o.OtlpEndpoint))
        {
            yield return $"{TelemetryOptions.Section}:OtlpEndpoint is '{o.OtlpEndpoint}'; write the address of a collector, for example "
                + "http://127.0.0.1:4317.";
        }

        if (!double.IsFinite(o.TraceRatio) || o.TraceRatio is < 0 or > 1)
        {
            yield return $"{TelemetryOptions.Section}:TraceRatio is {o.TraceRatio}; it is a share, 0 (no traces) to 1 (all).";
        }
        else if (o.TraceRatio > 0 && !o.HasOtlp)
        {
            yield return $"{TelemetryOptions.Section}:TraceRatio is {o.TraceRatio}, and the traces would go nowhere. Set :OtlpEndpoint.";
        }

        if (o.MetricInterval < ShortestInterval || o.MetricInterval > LongestInterval)
        {
            yield return $"{TelemetryOptions.Section}:MetricInterval is {o.MetricInterval}; {ShortestInterval} to {LongestInterval} are possible.";
        }

        if (o.OtlpHeadersFile.Length > 0 && OtlpHeaders.Read(o.OtlpHeadersFile).Fault is { } fault)
        {
            yield return $"{TelemetryOptions.Section}:OtlpHeadersFile: {fault}";
        }
    }

    private static bool IsEndpoint(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps) && uri.UserInfo.Length == 0;
}
