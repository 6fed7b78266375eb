using AllData.Batching.Queueing;
using AllData.Events;
using AllData.Puts;

namespace AllData.Tests.Unit.Putting;

/// <summary>Remembers the results of events.</summary>
internal sealed class RecordedSink : IPutSink
{
    public Dictionary<int, (EventKey? Key, PutAnswer Answer)> Settled { get; } = [];

    public void Settle(int index, EventKey? key, PutAnswer answer) => Settled.Add(index, (key, answer));

    public void Withdraw(int events, CancellationToken cancellation) => throw new InvalidOperationException("Nobody has given up.");

    /// <summary>An event of so many bytes.</summary>
    public PutItem Item(int index, int bytes = 10) => new(new byte[bytes], this, index);

    /// <summary>A batch of events that has begun its first attempt, with keys or not.</summary>
    public PutBatch Sent(int events, bool withKeys = true)
    {
        var batch = new PutBatch(null, TimeSpan.Zero, events) { Attempt = 1 };
        for (var i = 0; i < events; i++)
        {
            batch.Add(Item(i));
        }

        if (withKeys)
        {
            batch.Give([.. Enumerable.Range(0, events).Select(KeyOf)]);
        }

        return batch;
    }

    public static EventKey KeyOf(int index) => EventKey.Create(1, 1, EventKey.FirstReservedSequence + index);
}
