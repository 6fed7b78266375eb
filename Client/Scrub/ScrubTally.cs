using System.Collections.Immutable;
using AllData.Client.Terminals;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Client.Scrub;

/// <summary>What a scrub of one peer has found.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Blocks">Blocks read.</param>
/// <param name="Events">Events in them.</param>
/// <param name="Bytes">Bytes read.</param>
/// <param name="Damage">Different things found wrong; of those only the first are remembered.</param>
/// <param name="Findings">Things found wrong.</param>
/// <param name="Silent">Why the peer did not answer to the end; null when it did.</param>
internal sealed record PeerScrubResult(
    PeerId Peer, long Blocks, long Events, long Bytes, ImmutableArray<string> Damage, long Findings, string? Silent);

/// <summary>Gathers the steps of a scrub of one peer, and says each finding once.</summary>
internal sealed class ScrubTally(PeerId peer, Terminal terminal, ReadTally progress)
{
    /// <summary>Findings of a peer that are shown and remembered, at most; the others are counted.</summary>
    public const int MaxFindings = 1_000;

    private readonly HashSet<string> _seen = [];
    private readonly ImmutableArray<string>.Builder _damage = ImmutableArray.CreateBuilder<string>();
    private (long Blocks, long Events, long Bytes, long Findings) _sums;

    /// <summary>A step was made.</summary>
    public void Add(ScrubPage page)
    {
        _sums = (_sums.Blocks + page.Blocks, _sums.Events + page.Events, _sums.Bytes + page.Bytes, _sums.Findings);
        progress.Add(page.Events, page.Bytes);
        foreach (var finding in page.Damage)
        {
            Add($"interval {page.Interval}: {finding}");
        }
    }

    /// <summary>The result.</summary>
    /// <param name="silent">Why the peer did not answer to the end.</param>
    public PeerScrubResult ToResult(string? silent) =>
        new(peer, _sums.Blocks, _sums.Events, _sums.Bytes, _damage.ToImmutable(), _sums.Findings, silent);

    private void Add(string finding)
    {
        if (_seen.Contains(finding))
        {
            return;
        }

        _sums.Findings++;
        if (_seen.Count < MaxFindings)
        {
            _seen.Add(finding);
            _damage.Add(finding);
            terminal.Say($"Damage at {peer}, {finding}");
        }
        else if (_sums.Findings == MaxFindings + 1)
        {
            terminal.Say($"More than {MaxFindings:N0} things are damaged at {peer}; the others are counted and not shown.");
        }
    }
}
