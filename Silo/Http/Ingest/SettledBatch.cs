using AllData.Errors;
using AllData.Events;
using AllData.Puts;

namespace AllData.Silo.Http.Ingest;

/// <summary>Receives the result of each line, in the order of the lines.</summary>
internal interface ILineOutcomes
{
    /// <summary>The line's event is stored.</summary>
    void OnStored(long line, EventKey key, PutAnswer answer);

    /// <summary>The line's event is not stored, or that is unknown.</summary>
    void OnFailed(long line, EventKey? key, PutException error);
}

/// <summary>Lines with their results.</summary>
/// <param name="Lines">The lines.</param>
/// <param name="Answers">An answer for each event.</param>
internal sealed record SettledBatch(LineBatch Lines, PutAnswer[] Answers)
{
    /// <summary>Reports the result of each line.</summary>
    public void TellTo(ILineOutcomes outcomes)
    {
        var fault = 0;
        var reader = Lines.Events is null ? default : Lines.Events.GetReader();
        for (var i = 0; i < Answers.Length; i++)
        {
            fault = TellFaults(outcomes, fault, before: Lines.Lines[i]);
            reader.MoveNext();
            Tell(outcomes, Lines.Lines[i], reader.Current.Key, Answers[i]);
        }

        TellFaults(outcomes, fault, before: long.MaxValue);
    }

    private static void Tell(ILineOutcomes outcomes, long line, EventKey key, PutAnswer answer)
    {
        if (answer.Error is not { } error)
        {
            outcomes.OnStored(line, key, answer);
        }
        else if (key == default)
        {
            outcomes.OnFailed(line, null, error);
        }
        else
        {
            outcomes.OnFailed(line, key, error.For(key));
        }
    }

    private int TellFaults(ILineOutcomes outcomes, int next, long before)
    {
        for (; next < Lines.Faults.Length && Lines.Faults[next].Line < before; next++)
        {
            outcomes.OnFailed(Lines.Faults[next].Line, null, Lines.Faults[next].Error);
        }

        return next;
    }
}
