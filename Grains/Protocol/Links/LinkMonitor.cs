using AllData.Protocol.Topologies;
using AllData.Reports;

namespace AllData.Protocol.Links;

/// <summary>
/// Judges the way to another cluster by the answers to the questions that this silo asks it all the time. How long an answer may take follows from what
/// answers usually take there and from the slowest of the last ones, so that neither a link across a continent nor a busy machine is cut off for being slow;
/// after an answer that is missing, the next may take twice as long (RFC 6298, section 5.5). Not for several threads at once.
/// </summary>
/// <remarks>
/// A state never evicts, drops or replaces anything: it only says whether puts plan with the cluster. After an outage answers must come for a time, which
/// doubles each time that the link fails again soon: a link that comes and goes is one that is away.
/// </remarks>
internal sealed class LinkMonitor
{
    /// <summary>Answers that must be missing one after the other before the link is cut off.</summary>
    public const int MissesToCutOff = 2;

    /// <summary>How long answers must have come before the link is up again, milliseconds; at first.</summary>
    public const long FirstHealing = 1_000;

    /// <summary>How long at most.</summary>
    public const long LongestHealing = 60_000;

    /// <summary>The shortest wait for an answer, milliseconds.</summary>
    public const long ShortestDeadline = 200;

    /// <summary>The longest wait for an answer, milliseconds, and the wait while little is known of the link.</summary>
    public const long LongestDeadline = 2_000;

    /// <summary>The slowest of at least so many answers counts: half a minute's.</summary>
    public const int Window = 64;

    // The first answers open connections and compile code.
    private const int Known = 8;

    // Enough from the shortest wait to the longest.
    private const int MaxDoublings = 4;

    private readonly SmoothedTime _answers = new();
    private readonly SlowestTime _slowest = new(Window);
    private int _missed;
    private long _healing = FirstHealing;
    private long _healingSince;
    private long _upSince;

    /// <summary>Starts without knowing anything: cut off until the first answer, which brings it up at once.</summary>
    /// <param name="now">Monotonic milliseconds.</param>
    public LinkMonitor(long now) => (State, Since) = (LinkState.CutOff, now);

    /// <summary>What is known of the link.</summary>
    public LinkState State { get; private set; }

    /// <summary>Since when it is in its state, monotonic milliseconds.</summary>
    public long Since { get; private set; }

    /// <summary>Whether an answer has come since the start.</summary>
    public bool HasAnswered => _answers.Count > 0;

    /// <summary>Whether puts plan with the cluster.</summary>
    public bool CarriesPuts => State is LinkState.Up or LinkState.Doubtful;

    /// <summary>How long to wait for the next answer, milliseconds.</summary>
    public long Deadline => _answers.Count < Known
        ? LongestDeadline
        : Math.Min(
            (long)Math.Clamp(
                Math.Max(AnswerTimes.Patience * _answers.Usual, AnswerTimes.SlowestPatience * _slowest.Milliseconds), ShortestDeadline, LongestDeadline)
            << Math.Min(_missed, MaxDoublings),
            LongestDeadline);

    /// <summary>A question was answered in time.</summary>
    /// <param name="now">Monotonic milliseconds.</param>
    /// <param name="took">How long the answer took, milliseconds.</param>
    public void OnAnswer(long now, long took)
    {
        var isFirst = !HasAnswered;
        _answers.Add(took);
        if (_answers.Count >= Known)
        {
            _slowest.Add(took);
        }

        _missed = 0;
        switch (State)
        {
            case LinkState.CutOff when isFirst:
            case LinkState.Doubtful:
                Become(LinkState.Up, now);
                break;
            case LinkState.CutOff:
                _healingSince = now;
                Become(LinkState.Healing, now);
                break;
            case LinkState.Healing when now - _healingSince >= _healing:
                Become(LinkState.Up, now);
                break;
        }
    }

    /// <summary>A question was not answered within its deadline, or the connection broke.</summary>
    /// <param name="now">Monotonic milliseconds.</param>
    public void OnMissed(long now)
    {
        _missed++;
        switch (State)
        {
            case LinkState.Up:
                Become(LinkState.Doubtful, now);
                break;
            case LinkState.Doubtful when _missed >= MissesToCutOff:
                // One that has been up for long starts with the shortest time; one that fails again soon has to prove itself for longer.
                _healing = now - _upSince >= LongestHealing ? FirstHealing : Math.Min(2 * _healing, LongestHealing);
                Become(LinkState.CutOff, now);
                break;
            case LinkState.Healing:
                Become(LinkState.CutOff, now);
                break;
        }
    }

    private void Become(LinkState state, long now)
    {
        _upSince = state == LinkState.Up && State != LinkState.Doubtful ? now : _upSince;
        (State, Since) = (state, now);
    }
}
