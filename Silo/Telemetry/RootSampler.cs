using System.Diagnostics;
using OpenTelemetry.Trace;

namespace AllData.Silo.Telemetry;

/// <summary>
/// Which traces that begin here are recorded: a share of what the silo is asked to do and of what it does on its own (repair, scans), and no call to another
/// silo by itself. Silos ask each other several times a second, and each question would be a trace.
/// </summary>
internal sealed class RootSampler(double ratio) : Sampler
{
    private readonly TraceIdRatioBasedSampler _share = new(ratio);

    /// <inheritdoc/>
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        samplingParameters.Kind == ActivityKind.Client ? new SamplingResult(SamplingDecision.Drop) : _share.ShouldSample(samplingParameters);
}
