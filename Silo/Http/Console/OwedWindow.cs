using AllData.Peers;
using AllData.Replicas;

namespace AllData.Silo.Http.Console;

/// <summary>What peers owe, and how fast it shrinks.</summary>
internal sealed class OwedWindow
{
    /// <summary>Rows, at most.</summary>
    public const int MaxRows = 40;

    /// <summary>Rounds in <see cref="OwedDocument.History"/>.</summary>
    public const int HistoryRounds = 120;

    // Of the rate of a peer: fetching comes in bursts.
    private const double Smoothing = 0.3;

    private readonly Queue<long> _history = new();
    private readonly Dictionary<PeerId, double> _rates = [];

    /// <summary>Takes a round.</summary>
    public OwedDocument Fold(ClusterFacts facts, IEnumerable<FigureChange> changes)
    {
        TakeRates(facts, changes);
        var answering = facts.Answers.Where(a => facts.IsAnswering(a.Key) && a.Value.Figures is { Stores: true })
            .Select(static a => (Peer: a.Key, a.Value.Figures!.Repair)).ToList();
        var blocks = answering.Sum(static a => a.Repair.MissingBlocks);
        _history.Enqueue(blocks);
        if (_history.Count > HistoryRounds)
        {
            _history.Dequeue();
        }

        OwedRow[] rows =
        [
            .. facts.Silent.OrderBy(static p => p.Id).Select(peer => new OwedRow(peer.Id.Value, null, 0, 0, 0, UnknownText(facts, peer.Id))),
            .. answering.Where(a => IsWorthSaying(facts, a.Repair))
                .OrderByDescending(static a => a.Repair.MissingBlocks + a.Repair.DamagedBlocks).ThenBy(static a => a.Peer).Select(a => RowOf(a.Peer, a.Repair)),
        ];
        return new OwedDocument(
            blocks, answering.Sum(static a => a.Repair.MissingEvents), Math.Round(_rates.Values.Sum(), 1),
            _history.Any(static h => h > 0) ? [.. _history] : [], [.. rows.Take(MaxRows)], Math.Max(0, rows.Length - MaxRows));
    }

    private void TakeRates(ClusterFacts facts, IEnumerable<FigureChange> changes)
    {
        foreach (var change in changes)
        {
            var rate = (change.After.Repair.FetchedBlocks - change.Before.Repair.FetchedBlocks) / change.Seconds;
            var smooth = (_rates.GetValueOrDefault(change.Peer) * (1 - Smoothing)) + (rate * Smoothing);
            _rates[change.Peer] = smooth < 0.1 ? 0 : smooth;
        }

        foreach (var gone in _rates.Where(r => r.Value == 0 || !facts.IsAnswering(r.Key)).Select(static r => r.Key).ToList())
        {
            _rates.Remove(gone);
        }
    }

    // While a peer is silent, no other has compared everything.
    private static bool IsWorthSaying(ClusterFacts facts, RepairFigures repair) =>
        repair.MissingBlocks > 0 || repair.DamagedBlocks > 0 || (!repair.IsCaughtUp && !facts.Silent.Any());

    private OwedRow RowOf(PeerId peer, RepairFigures repair)
    {
        var rate = Math.Round(_rates.GetValueOrDefault(peer), 1);
        return new OwedRow(peer.Value, repair.MissingBlocks, repair.MissingEvents, repair.DamagedBlocks, rate, TextOf(repair, rate));
    }

    private static string TextOf(RepairFigures repair, double rate)
    {
        var damaged = repair.DamagedBlocks > 0 ? $"{OwedText.Blocks(repair.DamagedBlocks)} are damaged and are fetched again. " : "";
        return (damaged + repair switch
        {
            { MissingBlocks: > 0 } => $"{OwedText.Events(repair.MissingEvents)}{OldestOf(repair)}. " + (rate > 0
                ? $"It fetches {rate:N0} blocks a second: done in about {OwedText.Roughly(repair.MissingBlocks / rate)}."
                : "It fetches them from other peers."),
            { IsCaughtUp: false } => "It has not compared everything with the other peers yet.",
            _ => "",
        }).Trim();
    }

    private static string OldestOf(RepairFigures repair) =>
        repair.OldestMissing is { } oldest ? $", the oldest of {oldest.UtcDateTime:yyyy-MM-dd HH:mm} UTC" : "";

    private static string UnknownText(ClusterFacts facts, PeerId peer) =>
        facts.Topology.Own.Peers.Any(p => p.Id == peer && p.Status == PeerStatus.Away)
            ? "It is away, and others have taken its place: what it lacks is found when it returns."
            : $"What it lacks is found when it answers again. {MapText.TakeOverOf(facts, peer)}".Trim();
}
