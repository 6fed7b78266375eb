namespace AllData.Silo.Http.Console;

/// <summary>The latest decisions; what goes on is one of them, whose sentence grows.</summary>
internal sealed class DecisionLog
{
    /// <summary>Decisions that are kept.</summary>
    public const int MaxRows = 100;

    // What was not seen for so long has ended: the next is another one.
    private static readonly TimeSpan Lull = TimeSpan.FromSeconds(20);

    private readonly List<Decision> _rows = [];
    private readonly Dictionary<string, Running> _running = [];
    private long _number;

    /// <summary>The decisions, the latest first.</summary>
    public DecisionsDocument Document => new([.. _rows.OrderByDescending(static r => r.At).ThenByDescending(static r => r.Number)]);

    /// <summary>Something has happened.</summary>
    public void Add(DateTimeOffset at, DecisionKind kind, string text) => Put(new Decision(++_number, at, kind, text));

    /// <summary>Something goes on.</summary>
    /// <param name="at">When it was seen.</param>
    /// <param name="kind">What it is about.</param>
    /// <param name="name">What goes on: the same name later is the same decision.</param>
    /// <param name="counts">Counts by name, to be added to those before.</param>
    /// <param name="text">The sentence of all counts together.</param>
    public void Continue(
        DateTimeOffset at, DecisionKind kind, string name, IEnumerable<(string Name, long Count)> counts, Func<SortedDictionary<string, long>, string> text)
    {
        if (!_running.TryGetValue(name, out var running) || at - running.At > Lull)
        {
            _running[name] = running = new Running(++_number);
        }

        running.At = at;
        foreach (var (key, count) in counts)
        {
            running.Counts[key] = running.Counts.GetValueOrDefault(key) + count;
        }

        Put(new Decision(running.Number, at, kind, text(running.Counts)));
        foreach (var ended in _running.Where(r => at - r.Value.At > Lull).Select(static r => r.Key).ToList())
        {
            _running.Remove(ended);
        }
    }

    private void Put(Decision decision)
    {
        _rows.RemoveAll(r => r.Number == decision.Number);
        _rows.Add(decision);
        if (_rows.Count > MaxRows)
        {
            _rows.RemoveAt(0);
        }
    }

    private sealed class Running(long number)
    {
        public long Number => number;

        public DateTimeOffset At { get; set; }

        public SortedDictionary<string, long> Counts { get; } = new(StringComparer.Ordinal);
    }
}
