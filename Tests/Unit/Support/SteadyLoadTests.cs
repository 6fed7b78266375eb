using AllData.Client.Bench;
using AllData.Errors;
using AllData.Events;
using AllData.Puts;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Support;

/// <summary>Puts at a rate, told apart by phases.</summary>
public sealed class SteadyLoadTests
{
    private readonly RunRecord _record = new(new NumberedEvents(100, new Random(1)));
    private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _puts;

    [Fact]
    public async Task A_put_belongs_to_the_phase_in_which_it_was_due_whenever_it_is_answered()
    {
        var (quiet, cut) = (new LoadPhase("quiet"), new LoadPhase("cut"));
        await using var load = new SteadyLoad(PutAsync, _record, perSecond: 1_000, quiet);
        await Eventually.IsAsync("a put is made", () => _puts, static count => count > 0);
        load.IsPaused = true;
        load.Phase = cut;
        _answer.SetResult();
        await load.AnsweredAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(_record.Acknowledged, quiet.Summarize().Acknowledged + cut.Summarize().Acknowledged);
        Assert.True(quiet.Summarize().Acknowledged > 0);
    }

    [Fact]
    public async Task A_put_that_fails_is_counted_and_not_taken_for_acknowledged()
    {
        var phase = new LoadPhase("cut");
        await using var load = new SteadyLoad(static _ => throw new TimeoutException(), _record, perSecond: 1_000, phase);
        await Eventually.IsAsync("a put fails", () => phase.Summarize().Failed, static failed => failed > 0);
        Assert.Equal(0, _record.Acknowledged);
    }

    [Fact]
    public void Failures_are_told_by_what_they_say_of_the_event()
    {
        var phase = new LoadPhase("cut");
        phase.OnFailed(new OverloadedException("Full.", TimeSpan.Zero));
        phase.OnFailed(new PutOutcomeUnknownException("Late.", [], []));
        phase.OnFailed(new PutOutcomeUnknownException("Late.", [], []));
        phase.OnFailed(new TimeoutException());
        phase.OnNotSent();

        var figures = phase.Summarize();
        Assert.Equal((4, 1, 1), (figures.Failed, figures.Untyped, figures.NotSent));
        Assert.Equal("OverloadedException (Nothing) 1, PutOutcomeUnknownException (Unknown) 2, TimeoutException 1",
            string.Join(", ", figures.Failures.Select(static f => $"{f.Key} {f.Value}")));
    }

    private async Task<PutReceipt> PutAsync(EventPayload payload)
    {
        Interlocked.Increment(ref _puts);
        await _answer.Task;
        return new PutReceipt(FakeScan.Key(0), PutOutcome.Stored, [], CommitLevel.Quorum, Adherence.Strict);
    }
}
