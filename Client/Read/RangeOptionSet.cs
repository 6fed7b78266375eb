using System.CommandLine;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Intervals;
using AllData.Events;
using AllData.Intervals;
using AllData.Reading;

namespace AllData.Client.Read;

/// <summary>The options that name a range of keys, and whose copies are read.</summary>
internal sealed class RangeOptionSet
{
    private readonly Option<EventKey?> _from = KeyBoundOption.Create(
        "--from", "First time or key: 20261122, 20261122T10, a whole key, or 2026-11-22T10:00Z (UTC).");

    private readonly Option<EventKey?> _to = KeyBoundOption.Create("--to", "First time or key beyond the range.");

    private readonly IntervalOption _interval = new();

    private readonly Option<ScanScope> _scope = new("--scope")
    {
        Description = "store: what all peers hold; cluster: only what the peers of the connected cluster hold.",
        DefaultValueFactory = static _ => ScanScope.Store,
    };

    private readonly Option<Topic?> _topic = TopicParser.Create("Only events of this topic.");

    public void AddTo(Command command)
    {
        AddRangeTo(command);
        _scope.AcceptOnlyFromAmong("store", "cluster");
        command.Add(_scope);
        command.Add(_topic);
    }

    /// <summary>Only the options of the range, for a command that asks each peer of the cluster about all that it holds.</summary>
    public void AddRangeTo(Command command)
    {
        foreach (var option in new Option[] { _from, _to, _interval.Option })
        {
            command.Add(option);
        }
    }

    /// <summary>Whose copies are read.</summary>
    public ScanScope GetScope(ParseResult parsed) => parsed.GetValue(_scope);

    /// <summary>Whether the range ends somewhere.</summary>
    public bool HasEnd(ParseResult parsed) => _interval.IsGiven(parsed) || parsed.GetValue(_to) is not null;

    /// <summary>Whether the copies of all peers of the store were asked for expressly.</summary>
    public bool IsStoreGiven(ParseResult parsed) =>
        parsed.GetResult(_scope) is { Implicit: false } && parsed.GetValue(_scope) == ScanScope.Store;

    /// <summary>The topic that is read; null: all events.</summary>
    public Topic? GetTopic(ParseResult parsed) => parsed.GetValue(_topic);

    /// <summary>Refuses contradictions, before the cluster is asked.</summary>
    /// <exception cref="UsageException">The options cannot go together.</exception>
    public void Check(ParseResult parsed)
    {
        var (from, to) = (parsed.GetValue(_from), parsed.GetValue(_to));
        if (_interval.IsGiven(parsed) && (from ?? to) is not null)
        {
            throw new UsageException("Give either --interval or --from and --to.");
        }

        if (from >= to)
        {
            throw new UsageException($"--to {to} must lie after --from {from}: it is the first key beyond the range.");
        }
    }

    /// <inheritdoc cref="IntervalOption.GetAsync"/>
    public Task<Interval?> GetIntervalAsync(ParseResult parsed, Func<Task<TimeSpan>> getLength) => _interval.GetAsync(parsed, getLength);

    /// <summary>The requested range.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="interval">What <see cref="GetIntervalAsync"/> returned.</param>
    public ScanRange GetRange(ParseResult parsed, Interval? interval) => interval is { } one
        ? RangeOf(one)
        : new ScanRange { From = parsed.GetValue(_from), To = parsed.GetValue(_to) };

    /// <summary>The keys of an interval.</summary>
    public static ScanRange RangeOf(Interval interval) =>
        new() { From = interval.FirstKey, To = interval.EndKey };
}
