using System.Buffers.Binary;
using System.Collections.Immutable;
using AllData.Events;

namespace AllData.Reading;

/// <summary>The topics of the events of a page, of which at least one has one.</summary>
/// <param name="Names">The topics that occur.</param>
/// <param name="Places">For each event 2 bytes, little-endian: 0 for no topic, else the place in <paramref name="Names"/>, from 1.</param>
[GenerateSerializer, Immutable, Alias("AllData.PageTopics")]
public sealed record PageTopics([property: Id(0)] ImmutableArray<Topic> Names, [property: Id(1)] byte[] Places)
{
    /// <summary>The topic of an event; null: it has none.</summary>
    /// <param name="index">Its place in the page.</param>
    public Topic? Of(int index) =>
        BinaryPrimitives.ReadUInt16LittleEndian(Places.AsSpan(index * sizeof(ushort))) is var place && place > 0 ? Names[place - 1] : null;

    /// <summary>Whether all events are of one topic.</summary>
    internal bool IsAll(Topic topic)
    {
        for (var i = 0; i < Places.Length / sizeof(ushort); i++)
        {
            if (Of(i) != topic)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Those of some of the events.</summary>
    /// <param name="indexes">Their places in the page.</param>
    internal PageTopics Pick(List<int> indexes)
    {
        var places = new byte[indexes.Count * sizeof(ushort)];
        for (var i = 0; i < indexes.Count; i++)
        {
            Places.AsSpan(indexes[i] * sizeof(ushort), sizeof(ushort)).CopyTo(places.AsSpan(i * sizeof(ushort)));
        }

        return this with { Places = places };
    }

    /// <summary>Those of a run of the events.</summary>
    internal PageTopics Cut(int first, int count) => this with { Places = Places[(first * sizeof(ushort))..((first + count) * sizeof(ushort))] };
}

/// <summary>Gathers the topics of the events of a page. Costs nothing as long as none has one.</summary>
internal sealed class PageTopicsBuilder
{
    private readonly List<Topic> _names = [];
    private readonly Dictionary<Topic, ushort> _places = [];
    private readonly List<ushort> _of = [];
    private int _count;

    /// <summary>What was gathered; null: no event has a topic.</summary>
    public PageTopics? Result
    {
        get
        {
            if (_names.Count == 0)
            {
                return null;
            }

            Fill();
            var places = new byte[_of.Count * sizeof(ushort)];
            for (var i = 0; i < _of.Count; i++)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(places.AsSpan(i * sizeof(ushort)), _of[i]);
            }

            return new PageTopics([.. _names], places);
        }
    }

    /// <summary>Adds events of one topic, or without.</summary>
    public void Add(Topic? topic, int count)
    {
        if (topic is { } one)
        {
            Fill();
            ref var place = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_places, one, out var isKnown);
            if (!isKnown)
            {
                _names.Add(one);
                place = checked((ushort)_names.Count);
            }

            for (var i = 0; i < count; i++)
            {
                _of.Add(place);
            }
        }

        _count += count;
    }

    /// <summary>Begins the next page.</summary>
    public void Clear()
    {
        _names.Clear();
        _places.Clear();
        _of.Clear();
        _count = 0;
    }

    // The events since the last one with a topic, or since the beginning.
    private void Fill()
    {
        while (_of.Count < _count)
        {
            _of.Add(0);
        }
    }
}
