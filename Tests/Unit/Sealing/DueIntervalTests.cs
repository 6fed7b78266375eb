using AllData.Certificates;
using AllData.Intervals;
using AllData.Protocol.Certificates;

namespace AllData.Tests.Unit.Sealing;

/// <summary>Which intervals a silo looks at, and in which order.</summary>
public sealed class DueIntervalTests
{
    private static readonly Interval First = Interval.Containing(1_767_614_400_000, TimeSpan.FromMinutes(5));

    private readonly Dictionary<int, Dictionary<Interval, string>> _answers = new() { [1] = [], [2] = [] };
    private readonly Dictionary<Interval, LoggedInterval> _logged = [];
    private readonly Dictionary<long, HeldMark> _marks = [];
    private readonly Dictionary<Interval, bool> _again = [];

    [Fact]
    public void What_has_no_certificate_comes_first_then_what_has_changed_then_one_that_was_never_looked_at()
    {
        Sealed(At(0), CertificateState.Complete, marked: null);
        Sealed(At(1), CertificateState.Complete, marked: null);
        Sealed(At(2), CertificateState.CompleteDegraded, marked: "fewer");
        Sealed(At(3), CertificateState.Unknown, marked: "same");
        Sealed(At(4), CertificateState.Complete, marked: "same");
        Hold(At(5));

        Assert.Equal([At(3), At(5), At(2), At(0)], Due());
        Assert.Equal([At(3), At(2), At(0)], Due(isSettled: static interval => interval != At(5)));
    }

    [Fact]
    public void A_peer_that_does_not_answer_makes_nothing_due()
    {
        Sealed(At(0), CertificateState.Complete, marked: "same");
        _answers.Remove(2);
        Assert.Empty(Due());

        // Another one that has lost it does.
        _answers[1].Clear();
        Assert.Equal([At(0)], Due());
    }

    [Fact]
    public void What_no_peer_holds_any_more_is_due_if_its_certificate_has_events()
    {
        Sealed(At(0), CertificateState.Complete, marked: "same");
        Sealed(At(1), CertificateState.Complete, marked: "same", events: 0);
        _answers[1].Clear();
        _answers[2].Clear();
        Assert.Equal([At(0)], Due());
    }

    [Fact]
    public void What_has_failed_rests_until_its_time_has_come()
    {
        Hold(At(0));
        Sealed(At(1), CertificateState.Complete, marked: "fewer");
        (_again[At(0)], _again[At(1)]) = (false, false);
        Assert.Empty(Due());
        (_again[At(0)], _again[At(1)]) = (true, true);
        Assert.Equal([At(0), At(1)], Due());
    }

    private static Interval At(int place) => Enumerable.Range(0, place).Aggregate(First, static (interval, _) => interval.Next);

    private void Hold(Interval interval) => (_answers[1][interval], _answers[2][interval]) = ("same", "same");

    private void Sealed(Interval interval, CertificateState state, string? marked, long events = 7)
    {
        Hold(interval);
        _logged[interval] = new LoggedInterval(1, state, new IntervalContent(events, 0, default), 0);
        if (marked is not null)
        {
            _marks[interval.FirstMinute.Value] = HeldMark.Of([(1, marked), (2, marked)]);
        }
    }

    private IEnumerable<Interval> Due(Func<Interval, bool>? isSettled = null) => DueIntervals.Of(
        _answers, _logged, _marks, (interval, _) => _again.TryGetValue(interval, out var again) ? again : null, isSettled ?? (static _ => true))
        .Select(static due => due.Interval);
}
