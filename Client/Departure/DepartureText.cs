using AllData.Client.Terminals;
using AllData.Peers;

namespace AllData.Client.Departure;

/// <summary>The words for what a departure would leave.</summary>
internal static class DepartureText
{
    /// <summary>How far the count is.</summary>
    public static string Counting(DepartureCheck check) =>
        $"counting copies, minute {check.MinutesChecked:N0} of {check.MinutesTotal:N0}, {Held(check)}";

    /// <summary>What was looked at.</summary>
    public static string Held(DepartureCheck check) => Amount.OfBlocks(check.Blocks, check.Events);

    /// <summary>What has too few copies, all together.</summary>
    public static string Short(DepartureCheck check) =>
        Amount.OfBlocks(check.Shortages.Sum(static s => s.Blocks), check.Shortages.Sum(static s => s.Events));

    /// <summary>What would have too few copies, the worst first; blocks without any copy would be lost.</summary>
    /// <param name="check">The count.</param>
    /// <param name="verb">In front of the number of copies: <c>would have</c>, <c>have</c>.</param>
    public static IEnumerable<string> Shortages(DepartureCheck check, string verb) =>
        check.Shortages.OrderBy(static s => s.CopiesLeft).ThenBy(static s => s.CopiesAsked).Select(
            s => $"{Amount.OfBlocks(s.Blocks)} ({Amount.OfEvents(s.Events)}, oldest {s.Oldest}) {verb} {Copies(s)}");

    /// <summary>Names the peers whose copies are not counted.</summary>
    /// <param name="check">The count.</param>
    /// <param name="except">The departing peer, of which it is said elsewhere.</param>
    public static IEnumerable<string> NotAnswering(DepartureCheck check, PeerId except) => check.NotAnswering.Where(p => p != except).Select(
        static p => $"No answer from {p}: its copies are not counted.");

    private static string Copies(CopyShortage shortage) => shortage.CopiesLeft switch
    {
        0 => $"no copy of {shortage.CopiesAsked} left: they would be lost",
        1 => $"1 copy of {shortage.CopiesAsked}",
        var left => $"{left} copies of {shortage.CopiesAsked}",
    };
}
