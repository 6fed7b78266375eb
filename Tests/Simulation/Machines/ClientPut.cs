using AllData.Coordination;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Puts;

namespace AllData.Simulation.Machines;

/// <summary>A client's put on its way through the shipped assembler.</summary>
internal sealed class ClientPut(KeyedEvent[] events, PutWitness witness, AdmissionGate.Ticket ticket, long started) : PendingPut(ticket, started)
{
    /// <inheritdoc/>
    public override int Count => events.Length;

    /// <inheritdoc/>
    public override long Bytes { get; } = events.Sum(static e => (long)PackedEvent.Overhead + e.Payload.Length);

    /// <inheritdoc/>
    public override void CopyTo(Span<KeyedEvent> destination) => events.CopyTo(destination);

    /// <inheritdoc/>
    public override void Settle(int index, EventKey? key, PutAnswer answer) => witness.OnAnswer(events[index] with { Key = key ?? default }, answer);
}
