using System.Collections.Immutable;
using AllData.Certificates;

namespace AllData.Protocol.Certificates;

/// <summary>A head that a peer has promised never to sign.</summary>
/// <param name="Size">The log's size.</param>
/// <param name="Root">The log's root.</param>
internal readonly record struct RefusedHead(long Size, TreeHash Root);

/// <summary>
/// What a peer remembers, durably, of the heads that it has signed and refused, so that it never signs two heads that could both become valid. A head is valid
/// with the signatures of more than half of the storing peers: so two valid heads of one size have a signer in common.
/// </summary>
/// <param name="IsSure">
/// Whether nothing can have been signed that it does not know. A new directory signs in the name of a peer whose former directory may have signed, and one that
/// was restored has forgotten: both ask the other peers first.
/// </param>
/// <param name="Floor">No head of this size or a smaller one is signed that is not the log's own, whatever else is remembered.</param>
/// <param name="Signed">The signed heads of the largest size; several only if the others could no longer become valid.</param>
/// <param name="Refused">The heads that it has promised never to sign.</param>
internal sealed record SigningMemory(bool IsSure, long Floor, ImmutableArray<SignedHead> Signed, ImmutableArray<RefusedHead> Refused)
{
    /// <summary>That of a directory that has signed nothing yet.</summary>
    public static SigningMemory New { get; } = new(IsSure: false, Floor: 0, [], []);

    /// <summary>
    /// The largest size that was signed or refused, or may have been. Refusals count: a peer that has forgotten its own must hear of it from another one
    /// that gave
    /// the same, or from one that has signed because of it.
    /// </summary>
    public long HighestSize =>
        Signed.Select(static s => s.Size).Concat(Refused.Select(static r => r.Size)).Append(Floor).Max();

    /// <summary>
    /// How many of the other storing peers must be heard before the memory is sure: so many that one of them has signed each head that is valid.
    /// </summary>
    /// <param name="storing">Storing peers, this one included.</param>
    public static int NeededToBeSure(int storing) => Math.Min(storing - 1, storing - (storing / 2));

    /// <summary>It after the others have told what they know.</summary>
    /// <param name="highest">The largest size that any of them has signed or knows to be valid.</param>
    public SigningMemory Sure(long highest) => this with { IsSure = true, Floor = Math.Max(Floor, highest) };

    /// <summary>It after a head that bears this peer's own signature, which it does not remember: it was restored.</summary>
    public SigningMemory Restored(long size) => this with { IsSure = false, Floor = Math.Max(Floor, size) };

    /// <summary>It with one more signed head, which <see cref="SigningRules.Judge"/> has allowed.</summary>
    public SigningMemory With(SignedHead head) =>
        Signed.Any(s => s.Size == head.Size && s.Root == head.Root) ? this
        : this with { Signed = [.. Signed.Where(s => s.Size == head.Size), head] };

    /// <summary>It with one more refusal.</summary>
    public SigningMemory With(RefusedHead head) => Refused.Contains(head) ? this : this with { Refused = Refused.Add(head) };

    /// <summary>It without what a valid head has decided.</summary>
    /// <param name="valid">The size of the valid head.</param>
    public SigningMemory Settled(long valid) => this with
    {
        Floor = Math.Max(Floor, valid),
        Signed = Signed.RemoveAll(s => s.Size <= valid),
        Refused = Refused.RemoveAll(r => r.Size <= valid),
    };
}
