using System.Collections.Immutable;
using AllData.Intervals;

namespace AllData.Storage.Engine;

/// <summary>The intervals of a store and their notes. Used by the writer, the readers and for figures.</summary>
internal sealed class IntervalCatalog(IntervalFiles files, ReplicaStoreIdentity identity, ReplicaStoreDiagnostics diagnostics, TimeProvider time)
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

    /// <summary>Nothing is held of an interval after all.</summary>
    public void Remove(Interval interval)
    {
        lock (_gate)
        {
            Volatile.Write(ref _entries, _entries.Remove(interval));
        }
    }

    /// <summary>Its file exists now, to be read.</summary>
    public void OnFile(Interval interval) => Change(interval, entry => entry with { HasFile = true });

    /// <summary>Blocks are to be stored. If some are of late events that arrive long after the interval's end, that is noted durably before.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void OnDeliveries(Interval interval, IReadOnlyList<Delivery> deliveries)
    {
        foreach (var delivery in deliveries)
        {
            if (LateListing.IsStraggler(interval, delivery.Block.Header))
            {
                Note(interval, static note => note with { HasStragglers = true });
                return;
            }
        }
    }

    /// <summary>It is durably promised closed.</summary>
    public void OnPromised(Interval interval) => Change(interval, entry => entry with { State = IntervalState.Closed });

    /// <summary>Repair has changed it although it is closed.</summary>
    public void OnRestored(Interval interval) => Change(interval, entry => entry with { Restorations = entry.Restorations + 1 });

    /// <summary>Another file, or none, is there in the place of a damaged one: what was counted before is out of date.</summary>
    public void OnReplaced(Interval interval, bool hasFile, IntervalState state) =>
        Change(interval, entry => entry with { HasFile = hasFile, State = state, Restorations = entry.Restorations + 1 });

    /// <summary>Clears what was wrong with the interval; if something was noted after its check, all of it stays.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="before">What was noted before it was checked.</param>
    /// <param name="isComplete">Whether a loss is cleared, too.</param>
    private void OnVerified(Interval interval, string? before, bool isComplete) => Note(interval, note => note.Damage != before ? note : note with
    {
        Findings = [],
        Lost = isComplete && note.SetAside == 0 ? null : note.Lost,
        LostAt = isComplete && note.SetAside == 0 ? null : note.LostAt,
    });

    /// <summary>Changes the note of an interval durably; a change to the same note writes nothing.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Note(Interval interval, Func<IntervalManifest, IntervalManifest> change)
    {
        lock (_gate)
        {
            var entry = _entries.GetValueOrDefault(interval) ?? new IntervalEntry(HasFile: false, IntervalState.Open, Note: null);
            var note = change(entry.Note ?? IntervalManifestFile.New(interval, identity));
            if (note == entry.Note)
            {
                return;
            }

            IntervalManifestFile.Write(files.NoteOf(interval), note);
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
        NoteDamage(interval, note => note.WithLoss(reason, time.GetUtcNow()));
    }

    /// <summary>Notes that a file has damaged pages: it is set aside at the next write or verification, or when the store is next opened.</summary>
    public void OnCorrupt(Interval interval, string reason)
    {
        diagnostics.OnIntervalDamaged(interval, reason);
        var number = files.NextSetAside(interval);
        NoteDamage(interval, note => (note.SetAside == 0 ? note with { SetAside = number } : note).WithLoss(reason, time.GetUtcNow()));
    }

    /// <summary>Notes a finding that every reading meets again; it is reported once.</summary>
    public void OnFinding(Interval interval, string finding)
    {
        var known = Find(interval)?.Note?.Findings ?? [];
        if (known.Length < IntervalManifest.MaxFindings && !known.Contains(finding))
        {
            diagnostics.OnFinding(interval, finding);
            OnFindings(interval, [finding]);
        }
    }

    /// <summary>Reports and notes what a scrub has found.</summary>
    public void OnScrubbed(Interval interval, ScrubTally found)
    {
        var findings = found.Damage;
        if (findings.IsEmpty)
        {
            return;
        }

        foreach (var finding in findings)
        {
            diagnostics.OnFinding(interval, finding);
        }

        if (found.Corrupt is { } corrupt)
        {
            OnCorrupt(interval, corrupt);
        }

        if (found.WrongBucket is { } bucket)
        {
            OnLoss(interval, bucket);
        }

        OnFindings(interval, findings);
    }

    /// <summary>An interval has been checked as a whole: see <see cref="IStorageWriter.Conclude"/>.</summary>
    public string? Conclude(Interval interval, ScrubTally found, string? before, bool isComplete)
    {
        if (found.Damage.IsEmpty)
        {
            try
            {
                OnVerified(interval, before, isComplete);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ReplicaStoreException($"The note of {files.PathOf(interval)} cannot be written: {e.Message}", e);
            }
        }

        return Find(interval)?.Note?.Damage;
    }

    // This process remembers what is wrong even if it can no longer be written to the disk.
    private void NoteDamage(Interval interval, Func<IntervalManifest, IntervalManifest> change)
    {
        try
        {
            Note(interval, change);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            diagnostics.OnNoteNotWritten(files.NoteOf(interval), e);
            Change(interval, entry => entry with { Note = change(entry.Note ?? IntervalManifestFile.New(interval, identity)) });
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
