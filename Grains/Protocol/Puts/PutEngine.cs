using System.Collections.Immutable;
using AllData.Protocol.Links;
using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Protocol.Puts;

/// <summary>
/// Takes one block to its commit level and on to all its replicas. A state machine without I/O: it receives what happened and answers what to do, so
/// that every order of answers can be tested. One engine per block; not for several threads at once.
/// </summary>
/// <remarks>
/// It acknowledges the moment the requirement is met, and fails exactly when holders, peers that may still answer and spares together cannot meet it.
/// It starts a spare only in place of a peer that failed or fell silent, so it never starts more than the copyset and its replacements. After the
/// reply, and while all peers are silent, it starts spares only within a budget. Repair adds what is missing then, so that overload never multiplies
/// itself.
/// </remarks>
internal sealed class PutEngine
{
    private readonly PlacedCopyset _copyset;
    private readonly CommitRequirement _requirement;
    private readonly IPeerAvailability _availability;
    private readonly Random _random;
    private readonly ImmutableArray<int> _alreadyHeld;
    private readonly ReplicaLedger _ledger;
    private readonly PutOutlook _outlook;
    private readonly IReplacementBudget _budget;
    private readonly CutOffRegions? _cutOff;
    private readonly ImmutableArray<PutAction>.Builder _actions = ImmutableArray.CreateBuilder<PutAction>();
    private bool _isStarted;
    private bool _isStopped;

    /// <summary>Prepares the put of a block.</summary>
    /// <param name="copyset">The peers meant to hold the block.</param>
    /// <param name="requirement">When it is committed.</param>
    /// <param name="availability">Which peers can take it now; asked again for each replacement.</param>
    /// <param name="random">Randomness.</param>
    /// <param name="budget">Bounds replacements that no caller waits for, and replacements of overloaded peers.</param>
    /// <param name="alreadyHeld">
    /// Indexes of peers that hold all its events durably, in earlier blocks (given keys that were found). They count from the start; the
    /// block goes to the whole copyset all the same.
    /// </param>
    /// <param name="cutOff">The regions that are cut off; null where the store has one cluster.</param>
    public PutEngine(PlacedCopyset copyset, CommitRequirement requirement, IPeerAvailability availability, Random random,
        IReplacementBudget budget, ReadOnlySpan<int> alreadyHeld = default, CutOffRegions? cutOff = null)
    {
        ArgumentNullException.ThrowIfNull(copyset);
        ArgumentNullException.ThrowIfNull(requirement);
        _copyset = copyset;
        _requirement = requirement;
        _availability = availability;
        _random = random;
        _budget = budget;
        _cutOff = cutOff;
        _alreadyHeld = [.. alreadyHeld.ToArray().Distinct()];
        _ledger = new ReplicaLedger(_alreadyHeld);
        _outlook = new PutOutlook(copyset, requirement, availability, random, _ledger, cutOff);
    }

    /// <summary>Whether the puts of the block have been answered with success.</summary>
    public bool IsAcknowledged { get; private set; }

    /// <summary>Whether the puts of the block have been answered with an error.</summary>
    public bool IsFailed { get; private set; }

    /// <summary>
    /// Whether it is answered and no peer's answer is awaited that would be in time: what the block occupies can be given back. A late answer may still come.
    /// </summary>
    public bool IsComplete => (IsAcknowledged || IsFailed) && _ledger.Pending == 0;

    /// <summary>Copies of the block that peers have acknowledged; as many as the copyset has members when all is well.</summary>
    public int CopiesStored => _ledger.Stored;

    /// <summary>Plans the targets and starts; fails at once, before anything is sent, if the requirement cannot be met.</summary>
    /// <exception cref="InvalidOperationException">It was started before.</exception>
    public ImmutableArray<PutAction> Start()
    {
        if (_isStarted)
        {
            throw new InvalidOperationException("A put is started once.");
        }

        _isStarted = true;
        if (IsFailed)
        {
            // The deadline was over before the start.
            return [];
        }

        var plan = PlacementPlanner.Plan(_copyset, _requirement, _availability, _random, _alreadyHeld.AsSpan(), _cutOff);
        foreach (var planned in plan.Targets)
        {
            Send(planned.Target, planned.Replaces);
        }

        foreach (var member in plan.Unplaced)
        {
            _ledger.Add(new ReplicaAttempt(member) { State = AttemptState.Failed, WasSent = false, Replacement = Replacement.Due });
        }

        foreach (var member in plan.Owed)
        {
            _ledger.Add(new ReplicaAttempt(member) { State = AttemptState.Failed, WasSent = false, Replacement = Replacement.Withheld });
        }

        _ledger.Recount();
        return _outlook.IsPossible() ? Advance() : FailAtStart();
    }

    /// <summary>A peer has made the block durable (or had it already).</summary>
    public ImmutableArray<PutAction> OnStored(int peerIndex) => OnAnswer(peerIndex, static attempt =>
    {
        attempt.State = AttemptState.Stored;

        // A late answer fills its own place: a spare that had not been found for it yet is no longer needed.
        attempt.Replacement = attempt.Replacement == Replacement.Started ? Replacement.Started : Replacement.None;
        attempt.Reason = null;
    });

    /// <summary>A peer failed, could not be reached, or its connection broke: another takes its place.</summary>
    /// <param name="peerIndex">The peer.</param>
    /// <param name="reason">A sentence for the caller of the put.</param>
    public ImmutableArray<PutAction> OnFailed(int peerIndex, string reason) => OnAnswer(peerIndex, attempt =>
    {
        attempt.State = AttemptState.Failed;
        attempt.Replacement = attempt.Replacement == Replacement.Started ? Replacement.Started : Replacement.Due;
        attempt.Charge = ReplacementCharge.AfterReply;
        attempt.Reason = reason;
    });

    /// <summary>A final answer: interval not open, conflict, or invalid. Never moved elsewhere.</summary>
    /// <param name="peerIndex">The peer.</param>
    /// <param name="status">Which of them.</param>
    /// <param name="reason">A sentence for the caller of the put.</param>
    /// <param name="conflict">The conflicting key, when that is the status.</param>
    public ImmutableArray<PutAction> OnRefused(int peerIndex, AppendStatus status, string reason, KeyConflict? conflict = null) =>
        OnAnswer(peerIndex, attempt =>
        {
            attempt.State = AttemptState.Refused;
            attempt.Replacement = attempt.Replacement == Replacement.Started ? Replacement.Started : Replacement.None;
            attempt.Reason = reason;
            attempt.Refusal = status;
            attempt.Conflict = conflict;
        });

    /// <summary>A peer pushed back: its queue is full, and nothing was written.</summary>
    /// <param name="peerIndex">The peer.</param>
    /// <param name="retryAfter">When to try again.</param>
    public ImmutableArray<PutAction> OnOverloaded(int peerIndex, TimeSpan retryAfter) => OnAnswer(peerIndex, attempt =>
    {
        if (!IsAcknowledged && !IsFailed)
        {
            // A block that was committed without this replica is no reason to hold the others back.
            _actions.Add(new HoldPuts(retryAfter));
        }

        // Only a peer still being waited for is replaced: for all others the budget would be wasted.
        attempt.Replacement = attempt.State == AttemptState.Pending && _budget.TryTake() ? Replacement.Due : attempt.Replacement;
        attempt.Charge = ReplacementCharge.Paid;
        attempt.State = AttemptState.Overloaded;
        attempt.Reason = "Its queue is full.";
        attempt.RetryAfter = retryAfter;
    });

    /// <summary>
    /// A peer has not answered within the replica deadline: another takes its place at once, but its answer still counts when it comes.
    /// </summary>
    /// <param name="peerIndex">The peer.</param>
    /// <param name="isToBlame">
    /// False when all peers are late: more copies would then be late as well, so another peer takes its place only within the budget, unless the put
    /// could not succeed without it.
    /// </param>
    public ImmutableArray<PutAction> OnSilent(int peerIndex, bool isToBlame = true)
    {
        if (_ledger.Find(peerIndex) is not { State: AttemptState.Pending } attempt)
        {
            return [];
        }

        attempt.State = AttemptState.Late;
        attempt.Replacement = Replacement.Due;
        attempt.Charge = isToBlame ? ReplacementCharge.AfterReply : ReplacementCharge.Always;
        attempt.Reason = "It has not answered in time.";
        return Advance();
    }

    /// <summary>
    /// The put's deadline has passed: an unanswered put has an unknown outcome, and nothing new is started for it. An acknowledged put is not
    /// affected: the deadline is about the answer, and the work after it continues until there are enough copies.
    /// </summary>
    public ImmutableArray<PutAction> OnDeadline()
    {
        if (!IsAcknowledged && !IsFailed)
        {
            Fail(Failure().DeadlinePassed());
        }

        return TakeActions();
    }

    // One answer per peer: a duplicate, or one of a peer that was not asked, would count a copy that does not exist.
    private ImmutableArray<PutAction> OnAnswer(int peerIndex, Action<ReplicaAttempt> apply)
    {
        if (_ledger.Find(peerIndex) is not { IsOpen: true } attempt)
        {
            return [];
        }

        apply(attempt);
        return Advance();
    }

    private ImmutableArray<PutAction> Advance()
    {
        _ledger.Recount();
        AcknowledgeIfMet();
        ReplaceWhatIsMissing();
        if (!IsAcknowledged && !IsFailed && !_outlook.IsPossible())
        {
            Fail(Failure().Unreachable());
        }

        return TakeActions();
    }

    private void AcknowledgeIfMet()
    {
        if (!IsAcknowledged && !IsFailed && _outlook.IsMet())
        {
            IsAcknowledged = true;
            var regions = _outlook.Regions();
            _actions.Add(new AcknowledgePut(_outlook.Holders(), _outlook.Pending(), _outlook.Adherence(regions), regions));
        }
    }

    private void ReplaceWhatIsMissing()
    {
        while (!_isStopped && _outlook.FindDue(IsAcknowledged) is { } failed
            && _outlook.FindSpare(failed.Target.Tier, IsAcknowledged) is var spare and >= 0)
        {
            if (!MayReplace(failed))
            {
                // Its late answer, or repair, completes the block.
                failed.Replacement = Replacement.None;
                continue;
            }

            failed.Replacement = Replacement.Started;
            Send(_copyset.TargetAt(spare), failed.Target);
            _ledger.Recount();
        }
    }

    private bool MayReplace(ReplicaAttempt failed)
    {
        var isCharged = failed.Charge == ReplacementCharge.Always || (failed.Charge == ReplacementCharge.AfterReply && IsAcknowledged);
        return !isCharged || (!IsAcknowledged && !_outlook.IsPossibleAsIs()) || _budget.TryTake();
    }

    private void Send(ReplicaTarget target, ReplicaTarget? replaces)
    {
        _ledger.Add(new ReplicaAttempt(target));
        _actions.Add(new SendReplica(target, replaces));
    }

    private ImmutableArray<PutAction> FailAtStart()
    {
        _actions.Clear();
        var ready = _ledger.Withdraw();
        var reach = _cutOff is { Any: true } ? new PutReach(_copyset, _availability, _cutOff, _alreadyHeld) : null;
        Fail(Failure().UnreachableFromTheStart(ready, reach));
        return TakeActions();
    }

    private void Fail(Errors.PutException error)
    {
        IsFailed = true;
        _isStopped = true;
        _actions.Add(new FailPut(error));
    }

    private PutFailure Failure() => new(_copyset, _requirement, _ledger, _outlook.Holders());

    private ImmutableArray<PutAction> TakeActions()
    {
        var actions = _actions.ToImmutable();
        _actions.Clear();
        return actions;
    }
}
