using System.Buffers;
using System.Collections.Immutable;
using AllData.Encryption;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Protocol.Scans;
using AllData.Replication;

namespace AllData.Reading;

/// <summary>The events of a page as they were put.</summary>
/// <param name="Records">Packed records.</param>
/// <param name="Count">Number of events.</param>
/// <param name="Conflicts">Keys with several payloads.</param>
/// <param name="Unreadable">Events that are given without their payload.</param>
/// <param name="Topics">The topics of the events; null: none has one.</param>
/// <param name="Arrivals">For each event its position, if it is late; empty: none is late.</param>
internal sealed record OpenedPage(
    byte[] Records, int Count, ImmutableArray<EventKey> Conflicts, ImmutableArray<UnreadablePayload> Unreadable, PageTopics? Topics,
    ImmutableArray<EventKey> Arrivals)
{
    /// <summary>The page with its payloads as they are stored.</summary>
    public static OpenedPage AsStored(EventPageWriter page) =>
        new(page.Records.ToArray(), page.Count, [.. page.Conflicts], [], page.Topics, [.. page.Arrivals]);

    /// <summary>Opens the payloads of a page.</summary>
    public static OpenedPage Of(EventPageWriter page, IPayloadKeyProvider keys)
    {
        if (page.Records.IndexOf(StoredPayload.Mark) < 0)
        {
            // The usual case without encryption: the page goes as it is.
            return AsStored(page);
        }

        using var opening = new PageOpening(keys, page.Records.Length);
        var topics = page.Topics;
        var arrivals = page.Arrivals;
        var reader = new PackedEventReader(page.Records);
        for (var i = 0; reader.MoveNext(); i++)
        {
            var arrival = arrivals.IsEmpty || arrivals[i] == default ? default(EventKey?) : arrivals[i];
            opening.Add(reader.Current.Key, reader.Current.Payload, topics?.Of(i), arrival);
        }

        return opening.ToPage();
    }

    /// <summary>
    /// Takes events one after the other. One that was encrypted with two keys is held in two forms, which the merge has called a conflict: it is given once.
    /// </summary>
    private sealed class PageOpening(IPayloadKeyProvider keys, int bytes) : IDisposable
    {
        private readonly PayloadDecoder _decoder = new(keys);
        private readonly ArrayBufferWriter<byte> _records = new(bytes);
        private readonly List<EventKey> _conflicts = [];
        private readonly List<UnreadablePayload> _unreadable = [];
        private readonly List<(Range Payload, Topic? Topic, int Index)> _ofKey = [];
        private readonly PageTopicsBuilder _topics = new();
        private readonly PageArrivals _arrivals = new();
        private EventKey _key;
        private int _count;

        public void Add(EventKey key, ReadOnlySpan<byte> stored, Topic? topic, EventKey? arrival)
        {
            var payload = _decoder.Decode(key, stored, out var fault);
            if (key != _key)
            {
                _key = key;
                _ofKey.Clear();
            }

            if (fault is not null)
            {
                _unreadable.Add(fault);
            }
            else if (FindGiven(payload, topic) is { } given)
            {
                _arrivals.Meet(given, arrival);
                return;
            }

            Write(key, payload, topic, arrival);
            if (_ofKey.Count == 2)
            {
                _conflicts.Add(key);
            }
        }

        public OpenedPage ToPage() => new(_records.WrittenSpan.ToArray(), _count, [.. _conflicts], [.. _unreadable], _topics.Result, [.. _arrivals.Result]);

        public void Dispose() => _decoder.Dispose();

        private int? FindGiven(ReadOnlySpan<byte> payload, Topic? topic)
        {
            foreach (var given in _ofKey)
            {
                if (given.Topic == topic && _records.WrittenSpan[given.Payload].SequenceEqual(payload))
                {
                    return given.Index;
                }
            }

            return null;
        }

        private void Write(EventKey key, ReadOnlySpan<byte> payload, Topic? topic, EventKey? arrival)
        {
            var size = PackedEvent.Write(_records.GetSpan(PackedEvent.Overhead + payload.Length), key, payload);
            _records.Advance(size);
            _ofKey.Add(((_records.WrittenCount - payload.Length).._records.WrittenCount, topic, _count));
            _topics.Add(topic, 1);
            _arrivals.Add(arrival, 1);
            _count++;
        }
    }
}
