using System.Globalization;

namespace AllData.Tests.Support;

/// <summary>The state of a cluster after faults, and of everything that it had acknowledged.</summary>
internal sealed record ChaosVerdict
{
    private const int Copies = 3;

    /// <summary>Faults performed, by kind.</summary>
    public required IReadOnlyDictionary<FaultKind, int> Faults { get; init; }

    /// <summary>Silos that ended without being asked to.</summary>
    public required int Evicted { get; init; }

    /// <summary>What the clients know.</summary>
    public required LoadRecord Record { get; init; }

    /// <summary>How long puts were made.</summary>
    public required TimeSpan LoadTime { get; init; }

    /// <summary>From the last start until an audit found every copy in its place.</summary>
    public required TimeSpan Convergence { get; init; }

    /// <summary>The last audit.</summary>
    public required CopyAudit Audit { get; init; }

    /// <summary>What a scan of everything gave.</summary>
    public required ScanBack Scan { get; init; }

    /// <summary>What lies in the stores.</summary>
    public required StoredCopies Stored { get; init; }

    /// <summary>Acknowledged events that are gone.</summary>
    public int Lost => Math.Max(Stored.Lost, Scan.Missing);

    /// <summary>Whether nothing was lost, doubled or issued twice, and every copy came to its place.</summary>
    public bool IsWell => Lost == 0 && Scan is { IsComplete: true, Doubled: 0 } && Audit.IsWell && Stored.BlocksAway == 0 && Stored.Below(Copies) == 0
        && Record.IssuedTwice.IsEmpty;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"""
        faults            {string.Join(", ", Faults.OrderBy(static f => f.Key).Select(static f => $"{f.Value} {f.Key}"))}; silos that ended by themselves {Evicted}
        acknowledged      {Record.Count:N0} in {LoadTime.TotalSeconds:0} s, {Record.Count / LoadTime.TotalSeconds:N0}/s; longest pause {Record.LongestPause.TotalSeconds:0.00} s
        failed attempts   {Record.Failures.Count:N0} ({string.Join(", ", Record.Failures.GroupBy(static f => f.Error.GetType().Name).Select(static g => $"{g.Count()} {g.Key}"))})
        puts given up     {Record.GivenUp.Count:N0}
        keys issued twice {Record.IssuedTwice.Count:N0}
        convergence       {Convergence.TotalSeconds:0} s; {Audit}
        scan              {Scan.Given:N0} events, {(Scan.IsComplete ? "complete" : $"not complete ({Scan.Doubt})")}, {Scan.Missing:N0} acknowledged missing, {Scan.Doubled:N0} doubled
        stores            {Stored.Blocks:N0} blocks, {Stored.BlocksAway:N0} not at all who owe them, {Stored.Below(Copies):N0} acknowledged events on fewer than {Copies} peers, {Stored.Damaged:N0} damaged
        lost              {Lost:N0}
        verdict           {(IsWell ? "well" : "NOT WELL")}
        """);
}
