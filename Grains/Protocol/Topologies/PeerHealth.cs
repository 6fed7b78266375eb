using System.Collections.Concurrent;
using AllData.Peers;

namespace AllData.Protocol.Topologies;

/// <summary>
/// Remembers which peers were silent or failed a moment ago, so that the next block avoids them. A failing peer is avoided for a second. A silent
/// peer is avoided for a second, then twice as long each time, and further until a probe has asked whether it is back: without the probe, every block
/// of the next moment would pay the deadline. Safe for several threads. Holds one small entry per peer, and only of registered peers if <see
/// cref="KeepOnly"/> is called when the topology changes.
/// </summary>
/// <remarks>
/// When all peers are silent, none is blamed. Silence counts against a peer only if another peer has answered in time meanwhile, or if it was the
/// only peer asked. Otherwise this silo's own connection is the likely cause, and the blame is held back until another peer answers in time.
/// </remarks>
internal sealed class PeerHealth
{
    /// <summary>How long a peer is avoided after its first silence or an error, milliseconds.</summary>
    public const long FirstAvoidance = 1_000;

    /// <summary>How long it is avoided at most before it is probed, milliseconds.</summary>
    public const long LongestAvoidance = 15_000;

    private readonly Lock _changing = new();
    private readonly ConcurrentDictionary<PeerId, PeerRecord> _records = new();
    private readonly PeerId _own;
    private readonly long _deadline;
    private int _suspects;

    /// <summary>Starts without a record.</summary>
    /// <param name="own">The peer of this silo, which no connection leads to: its answers prove nothing of the others.</param>
    /// <param name="deadline">The replica deadline: peers that do not answer for so long are silent.</param>
    /// <param name="shortest">The shortest deadline that a peer may get by its <see cref="AnswerTimes"/>.</param>
    public PeerHealth(PeerId own, TimeSpan deadline, TimeSpan shortest)
    {
        _own = own;
        _deadline = (long)deadline.TotalMilliseconds;
        AnswerTimes = new AnswerTimes(shortest, deadline);
    }

    /// <summary>How long each peer usually takes for a block.</summary>
    public AnswerTimes AnswerTimes { get; }

    // A probe is due at the end of a term, is found due within a moment and is answered within the deadline.
    private long ProbeGrace => FirstAvoidance + _deadline;

    /// <summary>A peer is asked something.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="now">Monotonic milliseconds.</param>
    public void OnAsked(PeerId peer, long now) => RecordOf(peer).Ask(now);

    /// <summary>A peer did not answer within the replica deadline.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="now">Monotonic milliseconds.</param>
    /// <returns>Whether the peer is to blame; false when no other peer has answered in time either.</returns>
    public bool OnSilent(PeerId peer, long now) => Blame(peer, now, _deadline, hasErred: false);

    /// <summary>A peer did not answer within a deadline of its own, which may be shorter than the replica deadline.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="now">Monotonic milliseconds.</param>
    /// <param name="waited">The deadline, milliseconds.</param>
    /// <returns>Whether the peer is to blame; false when no other peer has answered in time either.</returns>
    public bool OnSilent(PeerId peer, long now, long waited) => Blame(peer, now, waited, hasErred: false);

    /// <summary>A peer could not be reached, or its connection broke: no word of its own, so that the rule of silence holds.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="now">Monotonic milliseconds.</param>
    /// <returns>Whether the peer is to blame.</returns>
    public bool OnUnreachable(PeerId peer, long now) => Blame(peer, now, _deadline, hasErred: true);

    /// <summary>A peer answered with an error.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="now">Monotonic milliseconds.</param>
    public void OnError(PeerId peer, long now)
    {
        lock (_changing)
        {
            var record = RecordOf(peer);
            record.Hear(now);
            _suspects -= record.IsSuspected ? 1 : 0;
            record.Avoid(now, hasErred: true);
            ConvictOthers(peer, now);
        }
    }

    /// <summary>A peer answered about a block: it is no longer avoided.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="now">Monotonic milliseconds.</param>
    /// <param name="isTimely">Whether within the replica deadline; a late answer tells nothing about the other peers.</param>
    /// <returns>Whether it was held to be silent: a false death.</returns>
    public bool OnAnswer(PeerId peer, long now, bool isTimely = true)
    {
        var record = RecordOf(peer);
        if (isTimely)
        {
            record.Hear(now);
        }

        // The usual way, without the lock.
        if (!record.IsInTrouble && record.Length == 0 && Volatile.Read(ref _suspects) == 0)
        {
            return false;
        }

        lock (_changing)
        {
            var wasSilent = End(record, forgives: isTimely);
            if (isTimely)
            {
                ConvictOthers(peer, now);
            }

            return wasSilent;
        }
    }

    /// <summary>
    /// A peer answered a question that touches no disk: it is asked to take blocks again, but should these find it silent, the next avoidance is
    /// twice as long as the last.
    /// </summary>
    /// <param name="peer">The peer.</param>
    /// <param name="now">Monotonic milliseconds.</param>
    /// <returns>Whether it was held to be silent: a false death.</returns>
    public bool OnProbeAnswered(PeerId peer, long now)
    {
        lock (_changing)
        {
            var record = RecordOf(peer);
            record.Hear(now);
            return End(record, forgives: false);
        }
    }

    /// <summary>Silent peers whose time is over: to be asked whether they are back. Each is named once, until its result is reported.</summary>
    /// <param name="now">Monotonic milliseconds.</param>
    public List<PeerId> TakeDueProbes(long now)
    {
        List<PeerId> due = [];
        lock (_changing)
        {
            foreach (var (peer, record) in _records)
            {
                if (record.TryTakeProbe(now, ProbeGrace))
                {
                    due.Add(peer);
                }
            }
        }

        return due;
    }

    /// <summary>Whether to go around a peer.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="now">Monotonic milliseconds.</param>
    public bool IsAvoided(PeerId peer, long now) => _records.TryGetValue(peer, out var record) && record.IsAvoided(now, ProbeGrace);

    /// <summary>A peer has left the silos: its next incarnation starts without a record.</summary>
    public void Forget(PeerId peer)
    {
        lock (_changing)
        {
            if (_records.TryRemove(peer, out var record))
            {
                _suspects -= record.IsSuspected ? 1 : 0;
                record.Acquit();
            }
        }
    }

    /// <summary>Forgets peers that are no longer registered.</summary>
    public void KeepOnly(Topology topology)
    {
        foreach (var peer in _records.Keys)
        {
            if (topology.IndexOf(peer) < 0)
            {
                Forget(peer);
            }
        }

        AnswerTimes.KeepOnly(topology);
    }

    private PeerRecord RecordOf(PeerId peer) => _records.GetOrAdd(peer, static _ => new PeerRecord());

    private bool Blame(PeerId peer, long now, long waited, bool hasErred)
    {
        lock (_changing)
        {
            var record = RecordOf(peer);
            if (!record.IsSilent && IsEverybodySilent(record, now, waited))
            {
                _suspects += record.IsSuspected ? 0 : 1;
                record.Suspect(now, hasErred);
                return false;
            }

            _suspects -= record.IsSuspected ? 1 : 0;
            record.Avoid(now, hasErred);
            return true;
        }
    }

    private bool End(PeerRecord record, bool forgives)
    {
        _suspects -= record.IsSuspected ? 1 : 0;
        return record.End(forgives);
    }

    /// <summary>Whether other peers were asked too and none has answered in time recently.</summary>
    private bool IsEverybodySilent(PeerRecord silent, long now, long waited)
    {
        var isAnotherAsked = false;
        foreach (var (peer, record) in _records)
        {
            if (record == silent || peer == _own)
            {
                continue;
            }

            // Half the wait: answers that came just before the connection broke must not convict the peer that was asked last.
            if (record.WasHeardSince(now - (waited / 2)))
            {
                return false;
            }

            isAnotherAsked |= record.OwesAnswer(now - (2 * _deadline));
        }

        return isAnotherAsked;
    }

    /// <summary>A peer answers in time, so this silo's connection works: peers whose blame was held back are blamed now.</summary>
    private void ConvictOthers(PeerId answering, long now)
    {
        if (_suspects == 0 || answering == _own)
        {
            return;
        }

        foreach (var (peer, record) in _records)
        {
            if (peer == answering || !record.IsSuspected)
            {
                continue;
            }

            _suspects--;
            if (record.IsSuspectedSince(now - _deadline))
            {
                record.Avoid(now, record.HasErred);
            }
            else
            {
                record.Acquit();
            }
        }
    }
}
