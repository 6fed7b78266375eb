using System.CommandLine;
using AllData.Client.Commands;

namespace AllData.Client.Bench;

/// <summary>The options that every load takes.</summary>
internal sealed class LoadOptionSet
{
    private readonly Option<int> _size = new Option<int>("--size")
    {
        Description = "Bytes of an event.",
        DefaultValueFactory = static _ => 200,
    }.InRange(NumberedEvents.MinBytes, 1024 * 1024);

    private readonly Option<double> _seconds = new Option<double>("--seconds")
    {
        Description = "Length of each run.",
        DefaultValueFactory = static _ => 10,
    }.InRange(0.1, 3_600);

    private readonly Option<double> _warmUp = new Option<double>("--warm-up")
    {
        Description = "Seconds of puts before the first run, which are not counted: code is compiled while it runs.",
        DefaultValueFactory = static _ => 5,
    }.InRange(0, 3_600);

    private readonly Option<bool> _noVerify = new("--no-verify") { Description = "Do not read back what was put." };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _size, _seconds, _warmUp, _noVerify })
        {
            command.Add(option);
        }
    }

    /// <summary>Length of each run.</summary>
    public TimeSpan GetDuration(ParseResult parsed) => TimeSpan.FromSeconds(parsed.GetValue(_seconds));

    /// <summary>Length of the warm-up.</summary>
    public TimeSpan GetWarmUp(ParseResult parsed) => TimeSpan.FromSeconds(parsed.GetValue(_warmUp));

    /// <summary>Whether what was put is read back.</summary>
    public bool IsVerified(ParseResult parsed) => !parsed.GetValue(_noVerify);

    /// <summary>Begins a run with events of its own.</summary>
    public RunRecord BeginRun(ParseResult parsed, Random random) => new(new NumberedEvents(parsed.GetValue(_size), random));
}
