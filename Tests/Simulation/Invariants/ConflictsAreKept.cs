using AllData.Events;
using AllData.Simulation.Storage;
using AllData.Simulation.Truth;

namespace AllData.Simulation.Invariants;

/// <summary>Invariant 2: of several events under one key whatever was stored stays, and reading gives all of them, marked.</summary>
internal sealed class ConflictsAreKept(InvariantSet invariants)
{
    private const string Name = "2 conflicts are kept";

    /// <summary>The program has taken a block off a disk: the event must be there all the same.</summary>
    public void CheckKept(EventTruth truth, Disk disk) => invariants.Require(Name, truth.IsHeldBy(disk), () =>
        $"event {truth.Key} with digest {truth.Digest} was stored on {disk} and has been overwritten there by another under its key.");

    /// <summary>A complete scan has passed a key under which several events lie.</summary>
    /// <param name="key">The key.</param>
    /// <param name="held">The events that lie under it intact.</param>
    /// <param name="given">The digests that the scan gave.</param>
    /// <param name="isMarked">Whether the scan called it a conflict.</param>
    public void CheckGiven(EventKey key, IReadOnlyCollection<EventTruth> held, IReadOnlyCollection<EventDigest> given, bool isMarked) =>
        invariants.Require(Name, isMarked && held.All(e => given.Contains(e.Digest)), () =>
            $"key {key} has {held.Count} events, a complete scan gave {given.Count} and called it {(isMarked ? "a conflict" : "none")}.");
}
