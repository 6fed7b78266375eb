using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Intervals;
using AllData.Peers;
using AllData.Protocol.Numbers;
using AllData.Protocol.Repair;
using AllData.Remote;
using AllData.Repair;
using AllData.Replication;

namespace AllData.Sealing;

/// <summary>What the coordinators have said of the numbers of an interval's blocks.</summary>
/// <param name="Expected">The ordinals of the directories of all registered peers.</param>
/// <param name="Answered">Those of them that have answered.</param>
/// <param name="Reports">What they have reported.</param>
internal sealed record NumberQuestions(ImmutableArray<int> Expected, ImmutableArray<int> Answered, ImmutableArray<NumberReport> Reports)
{
    // Their lists are in memory.
    private const int MinutesAtOnce = 15;

    /// <summary>Asks every registered peer, storing or not. One that does not answer, or is of an earlier version, is left out.</summary>
    public static async Task<NumberQuestions> AskAsync(IReplicas replicas, TopologySnapshot topology, Interval interval, CancellationToken stop)
    {
        var asked = topology.Peers.Where(static p => !p.IsPutOnly).ToList();
        var answers = await Task.WhenAll(asked.Select(async peer => (peer.Ordinal, Reports: await AskAsync(replicas.Of(peer.Id), interval, stop))));
        var heard = answers.Where(static a => !a.Reports.IsDefault).ToList();
        return new NumberQuestions(
            [.. asked.Select(static p => p.Ordinal)], [.. heard.Select(static a => a.Ordinal)],
            [.. heard.SelectMany(static a => a.Reports).Where(r => r.Interval == interval).DistinctBy(static r => (r.Ordinal, r.Incarnation))]);
    }

    /// <summary>Lists the blocks that each peer holds of an interval, whatever others hold.</summary>
    public static async Task ListAsync(IReplicas replicas, TopologySnapshot topology, Interval interval, HeldNumbers held, CancellationToken stop)
    {
        foreach (var peer in topology.Peers.Where(static p => p.Stores))
        {
            try
            {
                await ListAsync(replicas.Of(peer.Id), interval, held, stop);
            }
            catch (Exception) when (!stop.IsCancellationRequested)
            {
                // What it holds stays unseen: a number that only it holds is missing.
            }
        }
    }

    /// <summary>Whether a directory has said what it numbered: a silo that has another directory open has not said it for this one.</summary>
    public bool HasAnswered(int ordinal) => Reports.Any(report => report.Ordinal == ordinal);

    /// <summary>Compares the numbers with the blocks that are held.</summary>
    public NumberSurvey Compare(HeldNumbers held) => NumberSurvey.Of(Expected, Answered, Reports, held);

    /// <summary>The survey as a certificate says it.</summary>
    public static ImmutableArray<CertifiedNumbers> Certified(NumberSurvey survey) =>
    [
        .. survey.Coordinators.Select(static c => new CertifiedNumbers(c.Ordinal, c.Incarnation, c.End)
        {
            Abandoned = c.Abandoned,
            InFlightAtCrash = c.InFlightAtCrash,
            Missing = c.Missing.Union(c.WronglyAbandoned),
            IsEndUnknown = !c.IsReported,
        }),
    ];

    private static async Task ListAsync(IReplica replica, Interval interval, HeldNumbers held, CancellationToken stop)
    {
        for (var from = interval.FirstMinute; from < interval.EndMinute; from += MinutesAtOnce)
        {
            var to = from + MinutesAtOnce is var end && end < interval.EndMinute ? end : interval.EndMinute;
            foreach (var block in (await replica.ListAllBlocksAsync(new MinuteRange(from, to), copysets: [], stop)).SelectMany(static part => part.Blocks))
            {
                held.Add(block.Id);
            }
        }
    }

    private static async Task<ImmutableArray<NumberReport>> AskAsync(IReplica replica, Interval interval, CancellationToken stop)
    {
        try
        {
            return await replica.GetNumbersAsync(interval, stop);
        }
        catch (Exception) when (!stop.IsCancellationRequested)
        {
            return default;
        }
    }
}
