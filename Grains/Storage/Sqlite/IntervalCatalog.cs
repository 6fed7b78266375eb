using System.Collections.Immutable;
using AllData.Intervals;

namespace AllData.Storage;

/// <summary>The intervals of a store and the notes beside their files. Used by the writer, the readers and whoever asks for figures.</summary>
internal sealed class IntervalCatalog(IntervalFiles files, ReplicaStoreIdentity identity, ReplicaStoreDiagnostics diagnostics)
{
    private readonly Lock _gate = new();
    private ImmutableSortedDictionary<Interval, IntervalEntry> _entries = ImmutableSortedDictionary<Interval, IntervalEntry>.Empty;

    /// <summary>The intervals that have a file or a note, ascending.</summary>
    public ImmutableSortedDictionary<Interval, IntervalEntry> Entries => Volatile.Read(ref _entries);

    /// <summary>Intervals that something is known to be wrong with.</summary>
    public int Damaged => Entries.Values.Count(entry => entry.Note?.Damage is not null);

    /// <summary>What is known of an interval; null when nothing is held of it.</summary>
    public IntervalEntry? Find(Interval interval) => Entries.GetValueOrDefault(interval);

    /// <summary>Takes an interval over as it was found.</summary>
    public void Set(Interval interval, IntervalEntry entry)
    {
        lock (_gate)
        {
            Volatile.Write(ref _entries, _entries.SetItem(interval, entry));
        }
    }

    /// <summary>Its file, with its tables, is there now.</summary>
    public void OnFile(Interval interval) => Change(interval, entry => entry with { HasFile = true });

    /// <summary>It is durably promised closed.</summary>
    public void OnPromised(Interval interval) => Change(interval, entry => entry with { State = IntervalState.Closed });

    /// <summary>Repair has completed it although it is closed.</summary>
    public void OnCompleted(Interval interval) => Change(interval, entry => entry with { Completions = entry.Completions + 1 });

    /// <summary>Another file, or none, is there in the place of a damaged one: what was counted before is out of date.</summary>
    public void OnReplaced(Interval interval, bool hasFile, IntervalState state) =>
        Change(interval, entry => entry with { HasFile = hasFile, State = state, Completions = entry.Completions + 1 });

    /// <summary>Nothing is wrong any more with what is held; what has been noted since it was checked stays.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="before">The note before it was checked.</param>
    /// <param name="isComplete">Whether a loss is made good, too.</param>
    public void OnSettled(Interval interval, IntervalNote? before, bool isComplete) => Note(interval, note => note with
    {
        Findings = note.Findings == before?.Findings ? [] : note.Findings,
        Lost = isComplete && note.SetAside == 0 && note.Lost == before?.Lost ? null : note.Lost,
    });

    /// <summary>Changes the note of an interval durably; a change to the same note writes nothing.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Note(Interval interval, Func<IntervalNote, IntervalNote> change)
    {
        lock (_gate)
        {
            var entry = _entries.GetValueOrDefault(interval) ?? new IntervalEntry(HasFile: false, IntervalState.Open, Note: null);
            var note = change(entry.Note ?? IntervalNoteFile.New(interval, identity));
            if (note == entry.Note)
            {
                return;
            }

            IntervalNoteFile.Write(files.NoteOf(interval), note);
            Volatile.Write(ref _entries, _entries.SetItem(interval, entry with { Note = note, State = Later(entry.State, note.State) }));
        }
    }

    /// <summary>Notes findings of a scrub, durably if the disk takes them.</summary>
    public void OnFindings(Interval interval, IReadOnlyCollection<string> findings) =>
        NoteDamage(interval, note => note.WithFindings(findings));

    /// <summary>Notes that less may be held of an interval than was answered.</summary>
    public void OnLoss(Interval interval, string reason)
    {
        diagnostics.OnIntervalDamaged(interval, reason);
        NoteDamage(interval, note => note.WithLoss(reason));
    }

    /// <summary>Notes that a file is damaged in its pages: it is set aside at the next write or settling, or when the store is next opened.</summary>
    public void OnCorrupt(Interval interval, string reason)
    {
        diagnostics.OnIntervalDamaged(interval, reason);
        var number = files.NextSetAside(interval);
        NoteDamage(interval, note => (note.SetAside == 0 ? note with { SetAside = number } : note).WithLoss(reason));
    }

    // What is wrong stays known to this process even when the disk takes no note of it any more.
    private void NoteDamage(Interval interval, Func<IntervalNote, IntervalNote> change)
    {
        try
        {
            Note(interval, change);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            diagnostics.OnNoteNotWritten(files.NoteOf(interval), e);
            Change(interval, entry => entry with { Note = change(entry.Note ?? IntervalNoteFile.New(interval, identity)) });
        }
    }

    private void Change(Interval interval, Func<IntervalEntry, IntervalEntry> change)
    {
        lock (_gate)
        {
            var entry = _entries.GetValueOrDefault(interval) ?? new IntervalEntry(HasFile: false, IntervalState.Open, Note: null);
            Volatile.Write(ref _entries, _entries.SetItem(interval, change(entry)));
        }
    }

    private static IntervalState Later(IntervalState one, IntervalState other) => one > other ? one : other;
}
