using System.Diagnostics;
using System.Globalization;

namespace AllData.Benchmarks;

/// <summary>What a long run says, with the seconds since its start: printed and, with <c>--log FILE</c>, kept.</summary>
internal sealed class RunLog : IDisposable
{
    private readonly Lock _writing = new();
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly StreamWriter? _file;

    private RunLog(StreamWriter? file) => _file = file;

    /// <summary>Opens the file that the command line names, if it names one.</summary>
    public static RunLog Open(string[] args) => Array.IndexOf(args, "--log") is >= 0 and var i && i + 1 < args.Length
        ? new RunLog(new StreamWriter(args[i + 1]) { AutoFlush = true })
        : new RunLog(null);

    /// <summary>Says what happens now.</summary>
    public void Say(string what) => Print(string.Create(CultureInfo.InvariantCulture, $"{_watch.Elapsed.TotalSeconds,7:0.0}  {what}"));

    /// <summary>Prints as it is.</summary>
    public void Print(string text)
    {
        lock (_writing)
        {
            Console.WriteLine(text);
            _file?.WriteLine(text);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();
}
