using AllData.Batching;
using AllData.Batching.Queueing;
using AllData.Errors;
using AllData.Events;
using AllData.Puts;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Putting;

/// <summary>What is said in the end of an event that was tried several times, whatever the attempts answered.</summary>
public sealed class PutVerdictTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromHours(1);

    private static readonly Func<Exception>[] Refusals =
    [
        () => new OverloadedException("Busy.", TimeSpan.Zero), () => new NotEnoughPeersException("Few.", 3, 1), () => new InvalidKeyException("Closed."),
        () => new KeysUnavailableException("No lease."), () => new InvalidEventException("Empty."), () => new EventTooLargeException("Large.", 1, 2),
        () => new TopicsNotSupportedException("Early."),
    ];

    private static readonly Func<Exception>[] Doubts =
    [
        () => new PutOutcomeUnknownException("Late.", [], []), () => new CommitLevelNotReachedException("One of two.", 2, [], []),
        () => new CommitLevelNotReachedException("One of two.", 2, [new Replica(FakeEventStore.NorthA.Peer, default)], []),
    ];

    [Fact]
    public void An_attempt_that_may_have_written_is_never_undone_by_a_later_one_that_wrote_nothing()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            var answers = Enumerable.Range(0, random.Next(1, 12)).Select(_ => AnyAnswer(random)).ToList();
            PutAnswer? told = null;
            var mayBeWritten = false;
            foreach (var answer in answers)
            {
                told = PutVerdict.After(told, answer);
                mayBeWritten = answer.Error is { } error && error is not KeyConflictException
                    && (mayBeWritten || error.Written != WrittenState.Nothing);
                AssertTold(told, answer, mayBeWritten, $"seed {seed}: {Describe(answers)}");
            }
        }
    }

    [Fact]
    public void The_client_says_the_same_of_each_event_whatever_the_attempts_of_its_batch_answered()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            Settle(new Random(seed), $"seed {seed}");
        }
    }

    /// <summary>Two events travel together; each is followed to its end, together with what may have been written of it.</summary>
    private static void Settle(Random random, string which)
    {
        var sink = new RecordedSink();
        var settlement = new PutCompletion(new RetryRule(new Random(1), int.MaxValue), new AllDataClientOptions { Timeout = Timeout });
        var mayBeWritten = new bool[2];
        var batch = sink.Sent(2);
        var now = TimeSpan.Zero;
        while (batch is not null)
        {
            var before = batch;
            var indexes = Enumerable.Range(0, batch.Count).Select(i => Index(before, i)).ToList();
            switch (random.Next(6))
            {
                case 0:
                    indexes.ForEach(i => mayBeWritten[i] = true);
                    batch = settlement.OnFailed(batch, new TimeoutException("Lost."), now);
                    break;
                case 1:
                    settlement.OnExpired(batch);
                    batch = null;
                    break;
                default:
                    var answers = indexes.Select(_ => AnyAnswer(random)).ToList();
                    foreach (var (index, answer) in indexes.Zip(answers))
                    {
                        mayBeWritten[index] = answer.Error is { } error && error is not KeyConflictException
                            && (mayBeWritten[index] || error.Written != WrittenState.Nothing);
                    }

                    batch = settlement.OnAnswered(batch, PutResults.Pack([.. indexes.Zip(answers, static (i, a) => ((EventKey?)RecordedSink.KeyOf(i), a))]),
                        now);
                    break;
            }

            now += TimeSpan.FromSeconds(10);
            if (batch is not null)
            {
                batch.Attempt++;
            }
        }

        Assert.Equal(2, sink.Settled.Count);
        foreach (var (index, (key, answer)) in sink.Settled)
        {
            Assert.True(key is not null, which);
            Assert.True(
                answer.Error is null or KeyConflictException || mayBeWritten[index] == (answer.Error.Written != WrittenState.Nothing),
                $"{which}, event {index}: told {answer.Error}, may be written: {mayBeWritten[index]}");
        }
    }

    private static int Index(PutBatch batch, int place) => batch.KeyAt(place)!.Value.Sequence - EventKey.FirstReservedSequence;

    private static void AssertTold(PutAnswer told, PutAnswer last, bool mayBeWritten, string which)
    {
        if (last.Error is null or KeyConflictException)
        {
            Assert.True(ReferenceEquals(last, told), which);
        }
        else
        {
            Assert.True(mayBeWritten == (told.Error!.Written != WrittenState.Nothing), which);
        }
    }

    private static PutAnswer AnyAnswer(Random random) => random.Next(8) switch
    {
        0 => new PutAnswer { Outcome = random.Next(2) == 0 ? PutOutcome.Stored : PutOutcome.AlreadyStored },
        1 => PutAnswer.Failed(new KeyConflictException("Taken.", new KeyConflict(RecordedSink.KeyOf(0), default, default))),
        2 or 3 or 4 => PutAnswer.Failed((PutException)Doubts[random.Next(Doubts.Length)]()),
        _ => PutAnswer.Failed((PutException)Refusals[random.Next(Refusals.Length)]()),
    };

    private static string Describe(IEnumerable<PutAnswer> answers) =>
        string.Join(", ", answers.Select(static a => a.Error?.GetType().Name ?? a.Outcome.ToString()));
}
