using AllData.Peers;

namespace AllData;

/// <summary>How an <see cref="AllDataClient"/> gathers, sends and retries. The defaults suit a service near its cluster.</summary>
public sealed class AllDataClientOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "AllData:Client";

    /// <summary>
    /// Where this client runs. Gateways of its zone are preferred, then those of its region, then all. Default: null, no preference: the
    /// load spreads over all gateways.
    /// </summary>
    public PeerLocation? Location { get; set; }

    /// <summary>Most events in one call. A silo takes 1,000 unless it is configured otherwise. Default: 1,000.</summary>
    public int MaxBatchEvents { get; set; } = 1_000;

    /// <summary>
    /// Most bytes in one call, and so the largest event; each event counts <see cref="Events.PackedEvent.Overhead"/> bytes more. A silo takes 8 MiB
    /// unless it is configured otherwise. Default: 4 MiB.
    /// </summary>
    public int MaxBatchBytes { get; set; } = 4 << 20;

    /// <summary>
    /// Calls in flight at once through one gateway. Puts that arrive while all are in flight gather for the next one: more calls make each smaller,
    /// fewer leave the gateway idle while an answer travels. Default: 2.
    /// </summary>
    public int BatchesInFlight { get; set; } = 2;

    /// <summary>
    /// At most this many bytes of events may be put and not yet answered, with an allowance for what each event occupies in addition to its payload.
    /// Beyond that a put waits for room. Callers that wait for room are not counted: each holds its own payload, so bound their number if there may
    /// be many. Default: 64 MiB.
    /// </summary>
    public long MaxWaitingBytes { get; set; } = 64 << 20;

    /// <summary>How long one call may take before its events are sent again, under the same keys, through another gateway. Default: 5 s.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long an event is tried in all, not counting the wait for room before it, which has the same bound. Up to a tenth of the time may already
    /// be over when an event joins others that wait. A put of more than one call takes longer: each call's events have this time for themselves, one
    /// after another when room is short; and when some find no room in time, the rest of the put fails with them. Default: 30 s.
    /// </summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);
}
