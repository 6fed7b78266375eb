using System.CommandLine;
using AllData.Client.Connection;
using AllData.Events;
using AllData.Intervals;
using AllData.Reading;

namespace AllData.Client.Intervals;

/// <summary><c>--interval</c>: one interval, named by its start. Only the cluster knows its length.</summary>
internal sealed class IntervalOption
{
    public Option<EventKey?> Option { get; } = KeyBoundOption.Create("--interval", "One interval, named by its start: 20261122T000000.");

    /// <summary>Whether it was given.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(Option) is not null;

    /// <summary>The requested interval; null if there is none.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="getLength">Asks the cluster for the length of its intervals.</param>
    /// <exception cref="UsageException">No interval of the cluster begins there.</exception>
    public async Task<Interval?> GetAsync(ParseResult parsed, Func<Task<TimeSpan>> getLength)
    {
        if (parsed.GetValue(Option) is not { } start)
        {
            return null;
        }

        var length = await getLength();
        var interval = Interval.Containing(start.UnixMilliseconds, length);
        return EventKey.FirstAt(interval.StartUnixMilliseconds) == start
            ? interval
            : throw new UsageException(
                $"No interval begins at {start}: those of this cluster are {length:c} long. It lies in --interval {interval}.");
    }
}

/// <summary>Options whose value is a bound of a range.</summary>
internal static class KeyBoundOption
{
    public static Option<EventKey?> Create(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = static result =>
        {
            var text = result.Tokens[0].Value;
            if (!KeyBound.TryParse(text, out var key))
            {
                result.AddError(KeyBound.Fault(text));
            }

            return key;
        },
    };
}
