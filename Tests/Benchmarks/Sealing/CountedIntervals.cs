using AllData.Intervals;
using AllData.Silo.LocalCluster;
using AllData.Storage.Opening;

namespace AllData.Benchmarks;

/// <summary>
/// An independent count over the files of all peers: by the offline reader, which knows no store and no cluster, while or after the silos run. Files of
/// intervals that are still open are complete only when their silos have ended in good order.
/// </summary>
internal sealed class CountedIntervals
{
    private readonly Dictionary<Interval, CountedInterval> _intervals = [];
    private readonly List<string> _faults = [];

    /// <summary>Blocks that are not intact, a sentence each.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    /// <summary>What is held of an interval.</summary>
    public CountedInterval this[Interval interval] => _intervals.GetValueOrDefault(interval) ?? new CountedInterval();

    /// <summary>Counts.</summary>
    /// <param name="peers">The peers.</param>
    /// <param name="only">The one interval whose files are read; null: all.</param>
    public static CountedIntervals Count(IEnumerable<LocalClusterPeer> peers, Interval? only = null)
    {
        var stored = new CountedIntervals();
        foreach (var peer in peers)
        {
            foreach (var file in FilesOf(peer.DataDirectory).Where(file => only is not { } one || Path.GetFileNameWithoutExtension(file) == $"{one}"))
            {
                stored.Add(peer.Id.Value, file);
            }
        }

        return stored;
    }

    /// <summary>The interval files of a data directory.</summary>
    public static string[] FilesOf(string dataDirectory) =>
        Path.Combine(dataDirectory, "intervals") is var folder && Directory.Exists(folder) ? Directory.GetFiles(folder, "*.db") : [];

    private void Add(string peer, string file)
    {
        using var inspection = IntervalInspections.Open(file);
        foreach (var inspected in inspection.Blocks())
        {
            if (inspected is { Fault: null, Block: { } block })
            {
                var interval = Interval.Containing(block.Header.UnixMinute, SealedSilos.Length);
                if (!_intervals.TryGetValue(interval, out var held))
                {
                    _intervals.Add(interval, held = new CountedInterval());
                }

                held.Add(peer, block);
            }
            else
            {
                _faults.Add($"{peer}, block {inspected.Id}: {inspected.Fault}");
            }
        }
    }
}
