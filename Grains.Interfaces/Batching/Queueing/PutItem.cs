using System.Diagnostics;
using AllData.Events;
using AllData.Puts;

namespace AllData.Batching.Queueing;

/// <summary>One event of a put in flight.</summary>
/// <param name="payload">The event's bytes.</param>
/// <param name="sink">Receives its result.</param>
/// <param name="index">Its place among the sink's events.</param>
internal readonly struct PutItem(byte[] payload, IPutSink sink, int index)
{
    // The item, its place in a batch, and its caller's promise: without this charge, millions of one-byte events would fit into the bound.
    private const int OverheadBytes = 256;

    /// <summary>The event's bytes.</summary>
    public byte[] Payload => payload;

    /// <summary>The span in which it was put; null: of none that is recorded.</summary>
    public Activity? Caller => sink.Caller;

    /// <summary>Whether its caller gave it a key.</summary>
    public bool HasKey => sink.HasKeys;

    /// <summary>The key that its caller gave it.</summary>
    public EventKey Key => sink.KeyOf(index);

    /// <summary>Bytes that it takes in a batch.</summary>
    public int PackedSize => PackedEvent.Overhead + payload.Length;

    /// <summary>Bytes charged for it until it is answered.</summary>
    public long Charge => OverheadBytes + payload.Length;

    /// <summary>Reports the result to the sink.</summary>
    /// <param name="key">The event's key; null when it never had one.</param>
    /// <param name="answer">The result.</param>
    public void Settle(EventKey? key, PutAnswer answer) => sink.Settle(index, key, answer);
}

/// <summary>Receives the results of events. Each event is completed or withdrawn, once.</summary>
internal interface IPutSink
{
    /// <summary>The caller's span; null: it has none that is recorded.</summary>
    Activity? Caller => null;

    /// <summary>Whether the caller gave the keys.</summary>
    bool HasKeys => false;

    /// <summary>The key that the caller gave an event.</summary>
    EventKey KeyOf(int index) => throw new InvalidOperationException("The caller gave no keys.");

    /// <summary>Receives the result of one of its events.</summary>
    void Settle(int index, EventKey? key, PutAnswer answer);

    /// <summary>Its caller has given up events that were not sent.</summary>
    void Withdraw(int events, CancellationToken cancellation);
}
