using AllData.Certificates;

namespace AllData.Simulation.Running;

/// <summary>What came of the run of one seed.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Failure">What did not hold; null when all did.</param>
/// <param name="TraceHash">Stands for the whole course of the run.</param>
/// <param name="Simulated">Simulated time.</param>
/// <param name="Convergence">Simulated time from the last fault until all copies were where they belong; null when it did not come to it.</param>
internal sealed record RunReport(int Seed, string? Failure, ulong TraceHash, TimeSpan Simulated, TimeSpan? Convergence)
{
    /// <summary>What was counted.</summary>
    public required IReadOnlyDictionary<string, long> Counts { get; init; }

    /// <summary>Faults by kind.</summary>
    public required IReadOnlyDictionary<string, long> Faults { get; init; }

    /// <summary>Checks by invariant.</summary>
    public required IReadOnlyDictionary<string, long> Checked { get; init; }

    /// <summary>Runs a seed.</summary>
    /// <param name="settings">What the run is like.</param>
    /// <param name="lines">Where its course is written; null: nowhere.</param>
    public static RunReport Of(WorldSettings settings, TextWriter? lines = null)
    {
        var world = new World(settings, lines);
        string? failure = null;
        try
        {
            world.Run();
        }
        catch (SimulationFailure e)
        {
            failure = e.Message;
        }

        return new RunReport(settings.Seed, failure, world.Trace.Hash, world.Timeline.Elapsed, world.Convergence)
        {
            Counts = new SortedDictionary<string, long>(StringComparer.Ordinal)
            {
                ["puts"] = world.Clients.Puts,
                ["puts acknowledged"] = world.Clients.Acknowledged,
                ["scans"] = world.Clients.Scans,
                ["streams to readers"] = world.Followers.Streams,
                ["events followed"] = world.Invariants.Followers.Given,
                ["late events"] = world.Invariants.Followers.Late,
                ["late events not given"] = world.Invariants.Followers.Excepted,
                ["messages"] = world.Network.Messages,
                ["events of the timeline"] = world.Timeline.Happened,
                ["blocks"] = world.Census.Blocks.Count(),
                ["early copies"] = world.Agreement.EarlyCopies,
                ["numbers abandoned"] = world.Invariants.Numbers.Abandoned,
                ["numbers in flight at crash"] = world.Numbers.InFlightAtCrash,
                ["numbers missing"] = world.Numbers.Missing,
                ["blocks lost by all before sealing"] = world.Sealers.Lost,
                ["blocks restored from archives"] = world.Sealers.Restored,
                ["orders to seal"] = world.Sealers.Orders,
                ["certificates complete"] = world.Clusters.Sum(static c => c.Certificates.States.GetValueOrDefault(CertificateState.Complete)),
                ["certificates degraded"] = world.Clusters.Sum(static c => c.Certificates.States.GetValueOrDefault(CertificateState.CompleteDegraded)),
                ["certificates unknown"] = world.Clusters.Sum(static c => c.Certificates.States.GetValueOrDefault(CertificateState.Unknown)),
                ["certificates supplementing"] = world.Clusters.Sum(static c => c.Certificates.Supplements),
                ["certificates that lie, proposed"] = world.Clusters.Sum(static c => c.Certificates.Lies),
                ["logs that were forgotten"] = world.Clusters.Count(static c => c.Certificates.HasForgotten),
            },
            Faults = world.Faults.Struck,
            Checked = world.Invariants.Checked,
        };
    }
}
