using AllData.Certificates;
using AllData.Simulation.Storage;
using AllData.Simulation.Truth;

namespace AllData.Simulation.Invariants;

/// <summary>
/// Invariant 13: no certificate is ever wrong. Its root is that of events that were put, and a peer has read them; one that calls itself complete has every
/// event that was acknowledged, but for those that it names as accepted or in flight at a crash. The log has one entry at each place, and keeps it.
/// </summary>
internal sealed class CertificatesAreTrue(InvariantSet invariants)
{
    /// <summary>The name of the invariant.</summary>
    public const string Name = "13 certificates are true";

    /// <summary>An entry has come into a peer's log.</summary>
    /// <param name="disk">Where.</param>
    /// <param name="index">Its place.</param>
    /// <param name="text">The entry.</param>
    /// <param name="known">What the logs of other peers have there; null: nothing yet.</param>
    public void CheckEntry(Disk disk, int index, string text, string? known) => invariants.Require(
        Name, known is null || known == text, () => $"the log of {disk} has at {index} the entry\n{text}and another peer's\n{known}");

    /// <summary>A head is valid.</summary>
    /// <param name="head">The head.</param>
    /// <param name="known">The root of another valid head of its size, or its own.</param>
    public void CheckHead(Checkpoint head, TreeHash known) => invariants.Require(
        Name, head.Root == known, () => $"two heads of size {head.Size} are valid, with the roots {head.Root} and {known}.");

    /// <summary>A certificate's events are known.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="events">Its events; null: no peer has read such.</param>
    /// <param name="arePut">Whether all of them were put.</param>
    public void CheckContent(IntervalCertificate certificate, IReadOnlySet<EventEntry>? events, bool arePut)
    {
        invariants.Require(Name, events is not null, () => $"no peer has read the events that make the root of\n{certificate.Text}");
        invariants.Require(Name, arePut, () => $"events were never put that make the root of\n{certificate.Text}");
    }

    /// <summary>An event that was acknowledged before a certificate was made that calls itself complete, and is not explained by it.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="isIn">Whether it has the event.</param>
    /// <param name="expected">The event.</param>
    public void CheckComplete(IntervalCertificate certificate, bool isIn, EventTruth expected) => invariants.Require(
        Name, isIn, () => $"event {expected.Key} was acknowledged, lies in blocks {string.Join(", ", expected.Blocks.Select(static b => b.Block.Header.Id))} "
            + $"on {expected.Intact} disks, and is not in\n{certificate.Text}");

    /// <summary>An interval at the end of a run.</summary>
    /// <param name="newest">The newest certificate.</param>
    /// <param name="lost">Events that it has and no peer holds.</param>
    /// <param name="late">Events that peers hold and it has not.</param>
    public void CheckRaised(IntervalCertificate newest, int lost, int late) => invariants.Require(
        Name, lost > 0 || late == 0, () => $"{late} events came late, and no version has them after\n{newest.Text}");

    /// <summary>The log at the end of a run.</summary>
    /// <param name="index">The place of an entry.</param>
    /// <param name="isKept">Whether it is there, or all that had it or had signed it have lost their disks.</param>
    public void CheckKept(int index, bool isKept) => invariants.Require(
        Name, isKept, () => $"entry {index} of the log was valid, and is gone from it.");
}
