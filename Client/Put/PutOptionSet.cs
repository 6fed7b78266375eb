using System.CommandLine;
using AllData.Client.Commands;
using AllData.Events;
using AllData.Replication;

namespace AllData.Client.Put;

/// <summary>The options that say what a put waits for.</summary>
internal sealed class PutOptionSet
{
    private readonly Option<string?> _level = new("--level")
    {
        Description = "Durable replicas to wait for: one, quorum, all or local (the peer of the silo that takes the put). Default: the silo's level.",
    };

    private readonly Option<string?> _else = new("--else")
    {
        Description = "The level that is enough, in any zones and regions, if the rest cannot be reached because regions are cut off: one, quorum, all or "
            + "local. Default: such a put fails.",
    };

    private readonly Option<int> _minZones = new Option<int>("--min-zones")
    {
        Description = "Zones that the counted replicas must lie in.",
        DefaultValueFactory = static _ => 1,
    }.InRange(1, 100);

    private readonly Option<int> _minRegions = new Option<int>("--min-regions")
    {
        Description = "Regions that the counted replicas must lie in.",
        DefaultValueFactory = static _ => 1,
    }.InRange(1, 100);

    private readonly Option<double?> _deadline = new("--deadline")
    {
        Description = "Seconds after which the store answers that the outcome is unknown. Default: the silo's put deadline (10 s).",
    };

    private readonly Option<Topic?> _topic = TopicParser.Create("What the events are about; reading one topic costs what it holds.");

    public void AddTo(Command command)
    {
        _level.AcceptOnlyFromAmong("one", "quorum", "all", "local");
        _else.AcceptOnlyFromAmong("one", "quorum", "all", "local");
        _deadline.RequireRange(0.001, 3_600);
        foreach (var option in new Option[] { _level, _else, _minZones, _minRegions, _deadline, _topic })
        {
            command.Add(option);
        }
    }

    /// <summary>The options on the command line.</summary>
    public PutOptions Get(ParseResult parsed) => new()
    {
        Level = LevelOf(parsed.GetValue(_level)),
        Else = LevelOf(parsed.GetValue(_else)),
        MinZones = parsed.GetValue(_minZones),
        MinRegions = parsed.GetValue(_minRegions),
        Deadline = parsed.GetValue(_deadline) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        Topic = parsed.GetValue(_topic),
    };

    private static CommitLevel? LevelOf(string? level) => level is null ? null : Enum.Parse<CommitLevel>(level, ignoreCase: true);
}
