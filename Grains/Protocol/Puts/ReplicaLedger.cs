using System.Collections.Immutable;
using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;

namespace AllData.Protocol.Puts;

/// <summary>The attempts at one block and the peers that hold it: everything that the put engine decides from.</summary>
internal sealed class ReplicaLedger(ImmutableArray<int> alreadyHeld)
{
    private readonly List<ReplicaAttempt> _attempts = [];

    /// <summary>Every attempt, in the order of their start.</summary>
    public IReadOnlyList<ReplicaAttempt> Attempts => _attempts;

    /// <summary>
    /// Copies that are stored, in flight, or used up their place: none is missing when there are as many as the copyset has members, the
    /// <see cref="Withheld"/> ones included.
    /// </summary>
    public int PlacesTaken { get; private set; }

    /// <summary>Copies of the block that its peers have acknowledged.</summary>
    public int Stored { get; private set; }

    /// <summary>Attempts that may still be answered within their deadline.</summary>
    public int Pending { get; private set; }

    /// <summary>Attempts whose answer can still come, late ones included.</summary>
    public int Open { get; private set; }

    /// <summary>Copies that regions which are cut off are owed, and that no other peer keeps meanwhile.</summary>
    public int Withheld { get; private set; }

    public void Add(ReplicaAttempt attempt) => _attempts.Add(attempt);

    /// <summary>The attempt at a peer; null for a peer that was not asked, whose answer must not count.</summary>
    public ReplicaAttempt? Find(int peer)
    {
        foreach (var attempt in _attempts)
        {
            if (attempt.Target.PeerIndex == peer && attempt.WasSent)
            {
                return attempt;
            }
        }

        return null;
    }

    /// <summary>Forgets all attempts, which were only planned; the peers that could have been sent to.</summary>
    public ImmutableArray<ReplicaTarget> Withdraw()
    {
        ImmutableArray<ReplicaTarget> ready = [.. _attempts.Where(static attempt => attempt.IsOpen).Select(static attempt => attempt.Target)];
        _attempts.Clear();
        Recount();
        return ready;
    }

    /// <summary>Counts again, after a change.</summary>
    public void Recount()
    {
        PlacesTaken = Stored = Pending = Open = Withheld = 0;
        foreach (var attempt in _attempts)
        {
            Stored += attempt.State == AttemptState.Stored ? 1 : 0;
            Pending += attempt.State == AttemptState.Pending ? 1 : 0;
            Open += attempt.IsOpen ? 1 : 0;
            Withheld += attempt.Replacement == Replacement.Withheld ? 1 : 0;
            PlacesTaken += attempt.State is AttemptState.Stored or AttemptState.Pending || attempt.IsUsedUp ? 1 : 0;
        }
    }

    /// <summary>The oldest attempt whose place another peer is to take; null if there is none.</summary>
    public ReplicaAttempt? FirstDue() => _attempts.Find(static attempt => attempt.Replacement == Replacement.Due);

    /// <summary>The oldest attempt whose copy is owed; null if there is none.</summary>
    public ReplicaAttempt? FirstWithheld() => _attempts.Find(static attempt => attempt.Replacement == Replacement.Withheld);

    /// <summary>The most that the Collect methods write.</summary>
    public int MaxPeers => _attempts.Count + alreadyHeld.Length;

    /// <summary>Distinct peers that hold the events durably.</summary>
    public Span<int> CollectHolders(Span<int> peers) => Collect(peers, static attempt => attempt.State == AttemptState.Stored);

    /// <summary>Holders, and peers that are expected to answer in time.</summary>
    public Span<int> CollectExpected(Span<int> peers) =>
        Collect(peers, static attempt => attempt.State is AttemptState.Stored or AttemptState.Pending);

    /// <summary>Holders, and peers whose answer can still come.</summary>
    public Span<int> CollectPossible(Span<int> peers) =>
        Collect(peers, static attempt => attempt.State == AttemptState.Stored || attempt.IsOpen);

    /// <summary>Peers that were asked or hold the events already: no spares.</summary>
    public Span<int> CollectTaken(Span<int> peers) => Collect(peers, static attempt => attempt.WasSent);

    // A peer that holds the events already and stores the block too is one peer: a second copy there protects from nothing.
    private Span<int> Collect(Span<int> peers, Func<ReplicaAttempt, bool> isWanted)
    {
        alreadyHeld.CopyTo(peers);
        var count = alreadyHeld.Length;
        foreach (var attempt in _attempts)
        {
            if (isWanted(attempt) && !alreadyHeld.Contains(attempt.Target.PeerIndex))
            {
                peers[count++] = attempt.Target.PeerIndex;
            }
        }

        return peers[..count];
    }
}
