using AllData.Certificates;
using AllData.Client.Certificates;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Terminals;
using AllData.Events;
using AllData.Reading;

namespace AllData.Client.Verification;

/// <summary>Makes the proofs of the events of a key: by reading its interval once.</summary>
internal sealed class EventProver(ClientServices services, ClusterSession cluster)
{
    /// <summary>The proofs: one for each event that the key has.</summary>
    /// <exception cref="NotProvableException">No proof can be made; the message says why.</exception>
    public async Task<IReadOnlyList<EventProof>> ProveAsync(CheckedLog log, EventKey key, CancellationToken cancellation)
    {
        if (!log.Faults.IsEmpty)
        {
            throw new NotProvableException($"The log does not hold, so nothing is proven with it: {log.Faults[0].Sentence}");
        }

        var (certificate, index) = log.Find(key)
            ?? throw new NotProvableException($"The interval of {key} has no certificate yet. alldata seal --interval tries to make one.");
        var tally = new ReadTally(services.Time);
        IntervalReading? reading = null;
        var read = new IntervalRead(cluster.Grains.CreateEventReader(), tally);
        await new WorkProgress(
            services.Terminal, tally.Describe, () => Math.Min(1, tally.Events / Math.Max(1.0, certificate.Content.Events)), services.Time).ShowAsync(
                async () => reading = await read.RunAsync(certificate.Interval, key, null, cancellation));
        if (reading!.Content != certificate.Content)
        {
            throw new NotProvableException(
                $"What interval {certificate.Interval} has now is not what version {certificate.Version} certifies: alldata verify --interval "
                    + $"{certificate.Interval} says how they differ.");
        }

        return reading.Proven.IsEmpty
            ? throw new NotProvableException($"Interval {certificate.Interval} is certified whole, and has no event {key}.")
            : [.. reading.Proven.Select(p => new EventProof(p, reading.Payloads[p.Entry.PayloadHash], log.Prove(index)))];
    }
}
