using System.Text;
using System.Text.Json;
using AllData.Client.Export;
using AllData.Intervals;
using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Client;

/// <summary>A store with events of some days, and a directory to export them to.</summary>
internal sealed class ExportBench : IDisposable
{
    public const long DayMilliseconds = 86_400_000;

    public static readonly Interval Day1 = Interval.Containing(FakeScan.Day, TimeSpan.FromDays(1));

    private readonly TemporaryDirectory _directory = new();

    public ExportBench()
    {
        Run.Store.Register("north-a", "north-b", "west-c");
        Run.Store.OnIntervals = peer => Silent.Contains(peer.Value)
            ? throw new TimeoutException($"{peer} is slow.")
            : [.. Days.Select(day => IntervalsAndScrubTests.Stored(day, State, 100))];
        Run.Store.OnScan = range =>
        {
            Scans.Add(range);
            return Scan.Read(range);
        };
    }

    public ClientRun Run { get; } = new();

    public FakeScan Scan { get; } = new();

    public List<ScanRange> Scans { get; } = [];

    public List<Interval> Days { get; } = [Day1];

    public HashSet<string> Silent { get; } = [];

    public IntervalState State { get; set; } = IntervalState.Closed;

    public string Out => Path.Combine(_directory.Path, "lake");

    public string Day1Directory => Path.Combine(Out, "interval=20251122T000000");

    /// <summary>Exports the first day, as Parquet unless told otherwise.</summary>
    public Task<int> ExportDayAsync(params string[] more) => Run.RunAsync(["export", "--interval", "20251122", "--out", Out, .. more]);

    public static string[] FilesOf(string directory) => Directory.Exists(directory)
        ? [.. Directory.GetFiles(directory).Select(static f => Path.GetFileName(f)).Order(StringComparer.Ordinal)]
        : [];

    public ExportManifest Manifest(string? directory = null) => ExportManifest.TryRead(directory ?? Day1Directory)!;

    /// <summary>What a person or a batch job would find: everything but an empty directory is something.</summary>
    public string[] Visible() => Directory.Exists(Out) ? [.. Directory.GetFileSystemEntries(Out).Select(static e => Path.GetFileName(e))] : [];

    public IEnumerable<JsonElement> Lines() => FilesOf(Day1Directory).Where(static f => f.EndsWith(".ndjson", StringComparison.Ordinal))
        .SelectMany(f => File.ReadAllLines(Path.Combine(Day1Directory, f), Encoding.UTF8)).Select(static l => JsonElement.Parse(l));

    public void Dispose() => _directory.Dispose();
}
