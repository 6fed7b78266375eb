namespace AllData.Protocol.Topologies;

/// <summary>What <see cref="PeerHealth"/> remembers of one peer. Times are monotonic milliseconds; changed under its lock.</summary>
internal sealed class PeerRecord
{
    private const long Never = long.MinValue;

    private long _asked = Never;
    private long _heard = Never;
    private long _until = Never;
    private long _suspected = Never;
    private long _probed = Never;
    private volatile bool _isSilent;

    /// <summary>Whether it was found silent and has not answered since.</summary>
    public bool IsSilent => _isSilent;

    /// <summary>Whether it might be silent, if it were not for this silo's own connection.</summary>
    public bool IsSuspected => Volatile.Read(ref _suspected) != Never;

    /// <summary>Whether it is suspected for its broken connection, not for its silence.</summary>
    public bool HasErred { get; private set; }

    /// <summary>Whether there is anything that an answer would change.</summary>
    public bool IsInTrouble => Volatile.Read(ref _until) != Never || IsSuspected;

    /// <summary>Length of the last avoidance for silence; 0 when there was none since it last answered a block in time.</summary>
    public long Length { get; private set; }

    public void Ask(long now) => Volatile.Write(ref _asked, now);

    public void Hear(long now) => Volatile.Write(ref _heard, now);

    public bool WasHeardSince(long time) => Volatile.Read(ref _heard) >= time;

    /// <summary>Whether it was asked, lately, and has not answered in time since.</summary>
    public bool OwesAnswer(long since) => Volatile.Read(ref _asked) is var asked && asked >= since && asked > Volatile.Read(ref _heard);

    public bool IsSuspectedSince(long time) => _suspected >= time;

    public void Suspect(long now, bool hasErred) => (_suspected, HasErred) = (now, hasErred);

    public void Acquit() => Volatile.Write(ref _suspected, Never);

    /// <summary>It is to blame, for what was suspected or for something new.</summary>
    public void Avoid(long now, bool hasErred)
    {
        Acquit();
        if (hasErred)
        {
            AvoidForError(now);
        }
        else
        {
            AvoidForSilence(now);
        }
    }

    /// <summary>A silent peer is avoided beyond its term until it was probed, for a bounded time: the probes may have died.</summary>
    public bool IsAvoided(long now, long grace) =>
        Volatile.Read(ref _until) is var until && until != Never && IsWithin(now, until, _isSilent ? grace : 0);

    /// <summary>Whether it is time to ask a silent peer whether it is back; true once a term, or again when no result was reported.</summary>
    public bool TryTakeProbe(long now, long grace)
    {
        if (!_isSilent || IsWithinTerm(now) || (_probed != Never && now >= _probed && now - _probed < grace))
        {
            return false;
        }

        _probed = now;
        return true;
    }

    /// <summary>It has answered: whether that ended a silence.</summary>
    /// <param name="forgives">Whether its next silence begins with the shortest avoidance again.</param>
    public bool End(bool forgives)
    {
        var wasSilent = _isSilent;
        Acquit();
        _isSilent = false;
        Volatile.Write(ref _until, Never);
        Length = forgives ? 0 : Length;
        return wasSilent;
    }

    /// <summary>Begins an avoidance twice as long as the last, unless one is in flight.</summary>
    private void AvoidForSilence(long now)
    {
        // Many blocks were on their way to it: silence that falls into the avoidance is the same silence and does not double it again.
        if (_isSilent && IsWithinTerm(now))
        {
            return;
        }

        Length = Length == 0 ? PeerHealth.FirstAvoidance : Math.Min(2 * Length, PeerHealth.LongestAvoidance);
        _isSilent = true;
        Volatile.Write(ref _until, now + Length);
        _probed = Never;
    }

    /// <summary>Avoids it for a moment, or on to the end of what is in flight.</summary>
    private void AvoidForError(long now)
    {
        var until = now + PeerHealth.FirstAvoidance;
        Volatile.Write(ref _until, IsWithinTerm(until) ? _until : until);
        _probed = Never;
    }

    private bool IsWithinTerm(long now) => Volatile.Read(ref _until) is var until && until != Never && IsWithin(now, until, 0);

    // After the clock was set back the end may lie far ahead, further than any avoidance reaches: then it is over.
    private static bool IsWithin(long now, long until, long grace) => now < until + grace && until - now <= PeerHealth.LongestAvoidance;
}
