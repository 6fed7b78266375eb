using AllData.Events;
using AllData.Protocol.Scans;
using AllData.Simulation.Running;
using AllData.Simulation.Truth;

namespace AllData.Simulation.Reading;

/// <summary>What a scan has given, held against what was known when it began.</summary>
internal sealed class ScanGains
{
    private readonly World _world;
    private readonly string _scan;
    private readonly List<EventTruth> _expected;
    private readonly List<List<EventTruth>> _conflicts;
    private readonly HashSet<(EventKey, EventDigest)> _given = [];
    private readonly HashSet<EventKey> _marked = [];
    private (EventKey Key, EventDigest Digest)? _last;

    /// <summary>Remembers what there is to find.</summary>
    public ScanGains(World world, EventKey from, EventKey to, string scan)
    {
        _world = world;
        _scan = scan;
        var held = world.Census.Events.Where(e => e.Key >= from && e.Key < to && e.Intact > 0).ToList();
        _expected = held.FindAll(static e => e.IsAcknowledged);
        _conflicts = [.. held.GroupBy(static e => e.Key).Select(static g => g.ToList()).Where(static g => g.Count > 1)];
    }

    /// <summary>What was given.</summary>
    public IReadOnlySet<(EventKey, EventDigest)> Given => _given;

    /// <summary>Events given.</summary>
    public int Count => _given.Count;

    /// <summary>The scan gives a page.</summary>
    public void Take(EventPageWriter page)
    {
        var reader = new PackedEventReader(page.Records);
        for (var i = 0; reader.MoveNext(); i++)
        {
            var given = (reader.Current.Key, EventDigest.Of(reader.Current.Key, reader.Current.Payload, page.Topics?.Of(i)));
            _world.Invariants.Scans.CheckOrder(_last, given);
            _given.Add(given);
            _last = given;
        }

        _marked.UnionWith(page.Conflicts);
    }

    /// <summary>The scan has ended and calls itself complete.</summary>
    public void Judge()
    {
        foreach (var expected in _expected.Where(static e => e.Intact > 0))
        {
            _world.Invariants.Scans.CheckComplete(expected, _given, _scan);
        }

        foreach (var events in _conflicts)
        {
            // Only what was there all the time: a copy that came or went meanwhile may be in it or not.
            var held = events.FindAll(static e => e.Intact > 0);
            if (held.Count > 1)
            {
                var given = held.ConvertAll(static e => e.Digest).FindAll(d => _given.Contains((held[0].Key, d)));
                _world.Invariants.Conflicts.CheckGiven(held[0].Key, held, given, _marked.Contains(held[0].Key));
            }
        }
    }
}
