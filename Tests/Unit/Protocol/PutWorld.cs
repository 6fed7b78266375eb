using System.Collections.Immutable;
using System.Numerics;
using AllData.Errors;
using AllData.Peers;
using AllData.Protocol.Links;
using AllData.Protocol.Placement;
using AllData.Protocol.Puts;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

/// <summary>What a peer does when it gets the block.</summary>
internal enum Script
{
    Stores = 0,
    Fails = 1,
    SilentThenStores = 2,
    SilentThenFails = 3,
    Refuses = 4,
    PushesBack = 5,
    PushesBackForGood = 6,
    SilentForEver = 7,
}

/// <summary>
/// The world around one put engine: peers that follow their scripts, delivered in any order, and a second bookkeeping in sets of peers
/// (one bit a peer) that says after every step what the engine must have done. It knows nothing of how the engine decides.
/// </summary>
internal sealed class PutWorld
{
    private readonly WorldMap _map;
    private readonly PlacedCopyset _copyset;
    private readonly CommitDemand _demand;
    private readonly CommitRequirement _chosen;
    private readonly CommitRequirement _requirement;
    private readonly CutOffRegions? _cutOff;
    private readonly TestAvailability _availability;
    private readonly Script[] _scripts;
    private readonly PutEngine _engine;
    private readonly ScriptedBudget _budget = new();
    private readonly uint _members;
    private readonly uint _held;

    // Members of regions that are cut off, while these are owed their copies and no other peer keeps them.
    private uint _owed;
    private uint _keptForOwed;
    private uint _asked;
    private uint _pending;
    private uint _late;
    private uint _stored;
    private int _usedUp;
    private int _replaceable;
    private bool _isStopped;
    private bool _isUnderWay;

    public PutWorld(WorldMap map, PlacedCopyset copyset, CommitDemand demand, TestAvailability availability, Script[] scripts,
        Random random, uint held = 0, CutOffRegions? cutOff = null)
    {
        _map = map;
        _copyset = copyset;
        _demand = demand;
        _cutOff = cutOff;
        _availability = availability;
        _scripts = scripts;
        _held = held;
        foreach (var member in copyset.Members)
        {
            _members |= 1u << member.PeerIndex;
        }

        var takesNone = availability.Dead | ~map.Active;
        _owed = copyset.Policy.OwesCutOffRegions ? _members & takesNone & map.OwedOf(cutOff) : 0;

        Span<int> holders = stackalloc int[32];
        var count = 0;
        for (var bits = held; bits != 0; bits &= bits - 1)
        {
            holders[count++] = BitOperations.TrailingZeroCount(bits);
        }

        _chosen = demand.Choose(copyset, availability, cutOff, [.. holders[..count]]);
        _requirement = _chosen.Outside(cutOff?.Leaving);
        Require(HasFallenBack == (demand.Else is not null && IsCutOffFrom(demand.First)), "not the branch of the demand that must hold");
        _engine = new PutEngine(copyset, _requirement, availability, random, _budget, holders[..count], cutOff);
    }

    public bool IsAcknowledged { get; private set; }

    public PutException? Error { get; private set; }

    /// <summary>Peers that have something to say, one bit each.</summary>
    public uint Speakers { get; private set; }

    public int Peers => _scripts.Length;

    public int Started => BitOperations.PopCount(_asked);

    private uint Holders => _held | _stored;

    /// <summary>Peers that could hold the block in the end if only good things happened from the start.</summary>
    private uint Spares => _map.Active & ~_availability.Dead & ~_asked & ~_held;

    /// <summary>Whether the put was content with less.</summary>
    public bool HasFallenBack => _demand.HasFallenBack(_chosen) == true;

    /// <summary>Whether a region is owed a copy that no other peer keeps.</summary>
    public bool Owes => _owed != 0;

    /// <summary>Whether another cluster has dropped this one's region.</summary>
    public bool IsLeaving => _requirement.Leaving is not null;

    public void Start()
    {
        Check(_engine.Start());
        _isUnderWay = true;

        // The policy may move a target later, and with it what was needed.
        Require(_keptForOwed == 0 || !_copyset.Policy.Spread.IsNone || !Meets(_held | (_asked & ~_keptForOwed)), "a spare for what is owed and not needed");
    }

    /// <summary>A peer says the next thing of its script.</summary>
    public void Speak(int peer)
    {
        var bit = 1u << peer;
        var script = _scripts[peer];
        var isToFallSilent = script is Script.SilentThenStores or Script.SilentThenFails or Script.SilentForEver;
        if (isToFallSilent && (_pending & bit) != 0)
        {
            FallSilent(peer, bit, script);
            return;
        }

        var wasLate = (_late & bit) != 0;
        _pending &= ~bit;
        _late &= ~bit;
        Speakers &= ~bit;
        Check(Answer(peer, bit, script, wasLate));
    }

    /// <summary>Things that must change nothing: answers of peers that were not asked or have answered before.</summary>
    public void SpeakOutOfTurn(int peer)
    {
        if (((_pending | _late) & (1u << peer)) == 0)
        {
            Require(_engine.OnStored(peer).IsEmpty && _engine.OnFailed(peer, "again").IsEmpty && _engine.OnSilent(peer).IsEmpty
                && _engine.OnRefused(peer, AppendStatus.Conflict, "again").IsEmpty, "an answer out of turn had an effect");
        }
    }

    public void PassDeadline()
    {
        // The deadline is about the answer: work behind an acknowledgement goes on.
        _isStopped |= !IsAcknowledged;
        var actions = _engine.OnDeadline();
        var isAnswered = IsAcknowledged || Error is not null;
        Require(actions.Length == (isAnswered ? 0 : 1), "at the deadline an open put fails and an answered one does nothing");
        foreach (var action in actions)
        {
            Error = Assert.IsType<PutOutcomeUnknownException>(Assert.IsType<FailPut>(action).Error);
        }
    }

    /// <summary>After the last word: nothing hangs, and no copy is missing that could have been made.</summary>
    public void Finish(bool isAvailabilityStable = true)
    {
        if ((_pending | _late) == 0)
        {
            Require(IsAcknowledged || Error is not null, "all have answered, and the put hangs");
        }
        else if (!IsAcknowledged && Error is null)
        {
            PassDeadline();
        }

        Require(_engine.IsComplete == (_pending == 0), "complete means that no answer is awaited that would be in time");
        if (IsAcknowledged && !_isStopped && isAvailabilityStable)
        {
            var places = BitOperations.PopCount(_stored) + _usedUp;
            Require(
                places + BitOperations.PopCount(_owed) >= _copyset.Members.Length || Spares == 0 || _pending != 0,
                "a copy is missing although there is a spare");
        }
    }

    /// <summary>
    /// Whether the put must succeed, whatever the order: known beforehand when availability does not change and no peer uses up a place.
    /// </summary>
    public bool MustSucceed()
    {
        var good = _held;
        for (var bits = _map.Active & ~_availability.Dead; bits != 0; bits &= bits - 1)
        {
            var peer = BitOperations.TrailingZeroCount(bits);
            good |= _scripts[peer] is Script.Stores or Script.SilentThenStores ? 1u << peer : 0;
        }

        return Meets(good);
    }

    public void Require(bool condition, string complaint)
    {
        if (!condition)
        {
            Assert.Fail($"{complaint}: {this}");
        }
    }

    public override string ToString()
    {
        var peers = _scripts.Select((script, i) => $"{i} {_copyset.Topology[i].Location} {_availability[i]} {script}");
        return $"peers {string.Join(", ", peers)}; members {_members:b}, requirement {_requirement}; active {_map.Active:b}, "
            + $"cut off and owed {_map.OwedOf(_cutOff):b}, owed {_owed:b}, "
            + $"held {_held:b}, asked {_asked:b}, pending {_pending:b}, late {_late:b}, stored {_stored:b}, used up {_usedUp}, "
            + $"replaceable {_replaceable}, acknowledged {IsAcknowledged}, error {Error?.Message}";
    }

    private void FallSilent(int peer, uint bit, Script script)
    {
        _pending &= ~bit;
        _late |= bit;
        _replaceable++;
        Speakers = script == Script.SilentForEver ? Speakers & ~bit : Speakers;
        Check(_engine.OnSilent(peer));
    }

    private ImmutableArray<PutAction> Answer(int peer, uint bit, Script script, bool wasLate)
    {
        switch (script)
        {
            case Script.Stores or Script.SilentThenStores:
                _stored |= bit;
                return _engine.OnStored(peer);
            case Script.Refuses:
                _usedUp++;
                return _engine.OnRefused(peer, AppendStatus.IntervalNotOpen, "closed");
            case Script.PushesBackForGood:
                _usedUp++;
                return _budget.For(false, () => _engine.OnOverloaded(peer, TimeSpan.FromSeconds(1)));
            case Script.PushesBack:
                _replaceable++;
                return _budget.For(true, () => _engine.OnOverloaded(peer, TimeSpan.FromSeconds(1)));
            default:
                _replaceable += wasLate ? 0 : 1;
                return _engine.OnFailed(peer, "broken");
        }
    }

    private void Check(ImmutableArray<PutAction> actions)
    {
        foreach (var action in actions)
        {
            switch (action)
            {
                case SendReplica send:
                    CheckSend(1u << send.Target.PeerIndex, send.Replaces is { } replaced ? 1u << replaced.PeerIndex : 0);
                    break;
                case AcknowledgePut acknowledged:
                    CheckAcknowledgement(acknowledged);
                    break;
                case FailPut failed:
                    CheckFailure(failed);
                    break;
            }
        }

        Require(BitOperations.PopCount(_asked) <= _copyset.Members.Length + _replaceable, "more were started than RF and the replaced");
        if (!_isStopped && !IsAcknowledged)
        {
            Require(!Meets(Holders), "the level is reached and not acknowledged");
            Require(IsPossible(), "success is not possible any more and the put goes on");
        }
    }

    private void CheckSend(uint bit, uint replaced)
    {
        // A member that was asked itself, because its peer came back, fails like any other.
        if ((replaced & _owed & ~_asked) != 0)
        {
            Require(!IsAcknowledged, "an answered put needs no spare for what is owed");
            Require(!_isUnderWay || !Meets(Holders | _pending), "a spare for what is owed while the put can be committed without");
            _owed &= ~replaced;
            _keptForOwed |= bit;
        }

        Require(!_isStopped, "a send after the end");
        Require((bit & _asked) == 0, "a peer is asked twice");
        Require((bit & _map.Active & ~_availability.Dead) != 0, "a dead or inactive peer is asked");
        _asked |= bit;
        _pending |= bit;
        Speakers |= bit;
    }

    private void CheckAcknowledgement(AcknowledgePut acknowledged)
    {
        Require(!IsAcknowledged && Error is null, "answered twice");
        Require(Meets(Holders), "acknowledged without enough distinct durable peers or domains");
        Require(AreNamed(acknowledged.Holders, Holders), "the holders named are not the holders");
        Require(AreNamed(acknowledged.Pending, (_pending | _late) & ~Holders), "the pending named are not the pending");
        var places = BitOperations.PopCount(_stored | _pending) + _usedUp;
        var adherence = places < _requirement.ReplicationFactor ? Adherence.UnderReplicated
            : (Holders & ~_members) != 0 || !_copyset.IsSpread || OwedRegions().Count > 0 ? Adherence.Relaxed : Adherence.Strict;
        Require(acknowledged.Adherence == adherence, "adherence is wrong");
        Require(acknowledged.Regions is null == _cutOff is null, "regions are said of a store of several clusters");
        if (acknowledged.Regions is { } regions)
        {
            Require(regions.Owed.Select(static outage => outage.Region).Order().SequenceEqual(OwedRegions()), "not the regions that are owed a copy");
            Require(regions.Held == RegionsOf(Holders).Count && regions.Wanted == Math.Max(RegionsOf(_members).Count, _requirement.Spread.Regions),
                "not the regions that are held and wanted");
        }

        IsAcknowledged = true;
    }

    private List<string> RegionsOf(uint peers) =>
        [.. Enumerable.Range(0, Peers).Where(i => (peers & (1u << i)) != 0).Select(i => _copyset.Topology[i].Location.Region).Distinct().Order()];

    private List<string> OwedRegions() =>
        (_members & _map.OwedOf(_cutOff)) is not 0 and var owed ? [.. RegionsOf(owed).Except(RegionsOf(Holders))] : [];

    private bool AreNamed(ImmutableArray<Replica> replicas, uint peers)
    {
        var named = 0u;
        foreach (var replica in replicas)
        {
            named |= 1u << _copyset.Topology.IndexOf(replica.Peer);
        }

        return named == peers && replicas.Length == BitOperations.PopCount(peers);
    }

    private void CheckFailure(FailPut failed)
    {
        Require(!IsAcknowledged && Error is null, "answered twice");
        Require(!IsPossible() || (Started == 0 && !IsPossibleFromTheStart()), "failed while success is possible");
        Require(Started > 0 || Holders != 0 || failed.Error.Written == WrittenState.Nothing, "nothing was sent, so nothing was written");
        if (Started == 0 && _held == 0 && !_isUnderWay)
        {
            var isShortage = IsCutOffFrom(_requirement) && IsShortOfDomains(_map.Active & ~_availability.Dead);
            Require(failed.Error is NotEnoughRegionsException == isShortage, "not the error that says what is missing");
        }

        Error = failed.Error;
        _isStopped = true;
    }

    private bool IsPossibleFromTheStart() => Meets(_held | (_map.Active & ~_availability.Dead));

    private bool IsCutOffFrom(CommitRequirement requirement)
    {
        var now = _held | (_map.Active & ~_availability.Dead);
        return !Meets(requirement, now) && Meets(requirement, now | (_map.Active & _map.OwedOf(_cutOff)));
    }

    private bool IsShortOfDomains(uint peers) =>
        CountOf(_map.Zones, peers) < _requirement.Spread.Zones || CountOf(_map.Regions, peers) < _requirement.Spread.Regions;

    private bool IsPossible() => Meets(Holders | _pending | _late) || (_pending != 0 && Meets(Holders | _pending | _late | Spares));

    private bool Meets(uint peers) => Meets(_requirement, peers);

    private bool Meets(CommitRequirement requirement, uint peers)
    {
        if (requirement.Leaving is not null && (peers & ~_map.PeersOf(requirement.Leaving)) == 0)
        {
            return false;
        }

        var isLocalMet = !requirement.NeedsLocal || (_copyset.Site.Peer >= 0 && (peers & (1u << _copyset.Site.Peer)) != 0);
        return isLocalMet && BitOperations.PopCount(peers) >= requirement.Needed
            && CountOf(_map.Zones, peers) >= requirement.Spread.Zones && CountOf(_map.Regions, peers) >= requirement.Spread.Regions;
    }

    private static int CountOf(ulong[] domains, uint peers)
    {
        var found = 0ul;
        for (var bits = peers; bits != 0; bits &= bits - 1)
        {
            found |= domains[BitOperations.TrailingZeroCount(bits)];
        }

        return BitOperations.PopCount(found);
    }
}
