using AllData.Batching.Queueing;
using AllData.Errors;
using AllData.Puts;

namespace AllData.Batching;

/// <summary>Gives the callers of a batch the results of their events, and says what must be sent again.</summary>
/// <param name="rule">Which failures are worth another try.</param>
/// <param name="options">How long a put is tried, and the bound that it may wait at.</param>
internal sealed class PutCompletion(RetryRule rule, AllDataClientOptions options)
{
    private static readonly TimeSpan RetryHint = TimeSpan.FromSeconds(1);

    /// <summary>The store has answered: settles what is final.</summary>
    /// <returns>What is to be sent again; null when nothing is.</returns>
    public PutBatch? OnAnswered(PutBatch batch, PutResults results, TimeSpan now)
    {
        if (results.Count != batch.Count)
        {
            return OnFailed(batch, new InvalidOperationException($"{batch.Count} events were sent and {results.Count} results came back."), now);
        }

        List<int>? again = null;
        var longest = TimeSpan.Zero;
        Exception? reason = null;
        for (var i = 0; i < batch.Count; i++)
        {
            var answer = results.AnswerOf(i);
            if (answer.Error is { } error && PauseAfter(error, batch, now) is { } pause)
            {
                (again ??= []).Add(i);
                longest = pause > longest ? pause : longest;
                reason = error;
                batch.NoteFailure(i, error);
            }
            else
            {
                batch.ItemAt(i).Settle(batch.KeyAt(i) ?? results.KeyOf(i), answer.Error is { } final ? Final(final, batch.HasKeys, batch.MayBeWritten(i))
                    : answer);
            }
        }

        return again is null ? null : Again(batch.Remaining(again), reason!, now + longest);
    }

    /// <summary>An attempt failed as a whole: settles the batch when that is final.</summary>
    /// <returns>What is to be sent again; null when nothing is.</returns>
    public PutBatch? OnFailed(PutBatch batch, Exception failure, TimeSpan now)
    {
        if (PauseAfter(failure, batch, now) is not { } pause)
        {
            SettleAll(batch, failure);
            return null;
        }

        if (batch.HasKeys)
        {
            // Before it had keys, nothing of it was sent: the call for keys has failed.
            batch.NoteFailure(failure);
        }

        if (failure is OtherStoreException)
        {
            batch.ForgetKeys();
        }

        return Again(batch, failure, now + pause);
    }

    /// <summary>A batch has waited too long for a gateway.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="isClosed">Whether that is because the client was disposed.</param>
    public void OnExpired(PutBatch batch, bool isClosed = false)
    {
        if (batch.LastFailure is TopicsNotSupportedException refusal && !isClosed)
        {
            // To wait would not help.
            SettleAll(batch, refusal);
            return;
        }

        var until = isClosed ? "before the client was disposed" : $"within {options.Timeout}";
        SettleAll(batch, new OverloadedException($"No gateway was free to take it {until}{Because(batch.LastFailure)}.", RetryHint));
    }

    /// <summary>Events found no room in time.</summary>
    /// <param name="items">The events.</param>
    /// <param name="isClosed">Whether that is because the client was disposed.</param>
    public void OnRefused(ArraySegment<PutItem> items, bool isClosed = false)
    {
        var answer = PutAnswer.Failed(new OverloadedException(
            isClosed
                ? "The client was disposed before it had room. Nothing was written."
                : $"{options.MaxWaitingBytes} bytes of events, the maximum, wait in this client, and no room became free within {options.Timeout}."
                    + " Put less at once, or raise MaxWaitingBytes.",
            RetryHint));
        foreach (var item in items)
        {
            item.Settle(item.HasKey ? item.Key : null, answer);
        }
    }

    /// <summary>How long to wait before the next attempt; null: the failure is final.</summary>
    public TimeSpan? PauseAfter(Exception failure, PutBatch batch, TimeSpan now)
    {
        // The first retry is immediate if only the way failed: another gateway is most likely well.
        var pause = batch.Attempt == 1 && RetryRule.IsLostGateway(failure) ? TimeSpan.Zero : rule.DelayAfter(failure, batch.Attempt);
        return pause is { } wait && now + wait < batch.Since + options.Timeout ? pause : null;
    }

    private static PutBatch Again(PutBatch batch, Exception reason, TimeSpan notBefore)
    {
        batch.LastFailure = reason;
        batch.NotBefore = notBefore;
        return batch;
    }

    private static void SettleAll(PutBatch batch, Exception failure)
    {
        // Events share an answer by its instance.
        PutAnswer? doubtful = null;
        PutAnswer? clear = null;
        for (var i = 0; i < batch.Count; i++)
        {
            var answer = batch.MayBeWritten(i)
                ? doubtful ??= Final(failure, batch.HasKeys, mayBeWritten: true)
                : clear ??= Final(failure, batch.HasKeys, mayBeWritten: false);
            batch.ItemAt(i).Settle(batch.KeyAt(i), answer);
        }
    }

    private static PutAnswer Final(Exception failure, bool hasKeys, bool mayBeWritten) => PutAnswer.Failed(failure switch
    {
        PutException said => PutVerdict.IsTold(mayBeWritten, said) ? said : Unknown(failure),
        _ when hasKeys => Unknown(failure),
        _ => new OverloadedException($"No gateway gave keys for it{Because(failure)}. Nothing was written.", RetryHint),
    });

    private static PutOutcomeUnknownException Unknown(Exception last) =>
        new($"The outcome is not known{Because(last)}. Retry with the same key.", [], []);

    private static string Because(Exception? failure) => failure is null ? "" : $" ({failure.GetType().Name}: {failure.Message})";
}
