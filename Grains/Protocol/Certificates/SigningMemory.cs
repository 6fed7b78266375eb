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
/// Whether nothing can have been signed that it does not know. A new directory signs in the place of a peer whose former directory may have signed, and one
/// that was put back from a backup has forgotten, and cannot know it. So each opening asks the other peers first.
/// </param>
/// <param name="Floor">No head of this size or a smaller one is signed that is not the log's own, whatever else is remembered.</param>
/// <param name="Signed">The signed heads of the largest size; several only if the others could no longer become valid.</param>
/// <param name="Refused">The heads that it has promised never to sign.</param>
internal sealed record SigningMemory(bool IsSure, long Floor, ImmutableArray<SignedHead> Signed, ImmutableArray<RefusedHead> Refused)
{
    /// <summary>That of a directory that has signed nothing yet.</summary>
    public static SigningMemory New { get; } = new(IsSure: false, Floor: 0, [], []) { IsNew = true };

    /// <summary>Whether it is of a directory that has never asked the others, and so has never signed.</summary>
    public bool IsNew { get; init; }

    /// <summary>
    /// Heads that others have signed, and that this peer may have signed, too: they may be valid, so another one of their size is signed only if they cannot
    /// be.
    /// </summary>
    public ImmutableArray<SignedHead> Heard { get; init; } = [];

    /// <summary>
    /// Those of <see cref="Refused"/> that this directory has promised itself, and not only heard of. It promises them again whatever it has forgotten or heard
    /// since: it had not signed them then, and has never signed them after that.
    /// </summary>
    public ImmutableArray<RefusedHead> Promised { get; init; } = [];

    /// <summary>Whether the heads that were heard of may bear a signature of this peer: they are not refused then.</summary>
    public bool MayHaveSignedHeard { get; init; }

    /// <summary>
    /// How many of the other storing peers must be heard before the memory is sure: so many that one of them has signed each head that is valid.
    /// </summary>
    /// <param name="storing">Storing peers, this one included.</param>
    public static int NeededToBeSure(int storing) => Math.Min(storing - 1, storing - (storing / 2));

    /// <summary>It when its directory is opened: that may have been put back from a backup since it was written.</summary>
    public SigningMemory Opened() => this with { IsSure = false };

    /// <summary>It as another directory inherits it, which signs under another name in the same peer's place.</summary>
    public SigningMemory Inherited() => New with { IsNew = false, Floor = Floor, Heard = [.. Signed, .. Heard], Refused = Refused, MayHaveSignedHeard = true };

    /// <summary>It after the others have told what they know.</summary>
    /// <param name="log">The size of this peer's log, which is not shorter than any that was heard of.</param>
    /// <param name="heard">What they have told.</param>
    /// <param name="isFirst">Whether this is the first directory of the peer.</param>
    /// <param name="rootOf">The root of the log with one more entry, whose text is given.</param>
    public SigningMemory Sure(long log, IReadOnlyCollection<HeardMemory> heard, bool isFirst, Func<string, TreeHash> rootOf)
    {
        var open = heard.Where(h => h.Size == log).ToList();
        var known = Signed.Concat(Heard).Select(static s => s.Text).ToHashSet(StringComparer.Ordinal);
        var isFresh = IsNew && isFirst;
        return this with
        {
            IsSure = true,
            IsNew = false,
            Floor = Math.Max(Floor, log),
            Heard =
            [
                .. Heard, .. open.SelectMany(static h => h.Signed).Distinct().Where(text => !known.Contains(text)).Order(StringComparer.Ordinal)
                    .Select(text => new SignedHead(log + 1, rootOf(text), text)),
            ],
            MayHaveSignedHeard = MayHaveSignedHeard || !isFresh,
            Refused = isFresh ? Refused : [.. Refused.Union(open.SelectMany(static h => h.Refused).Select(root => new RefusedHead(log + 1, root)))],
        };
    }

    /// <summary>It after a head that bears this peer's own signature, which it does not remember: it was put back from a backup.</summary>
    public SigningMemory Restored(long size) => this with { IsSure = false, Floor = Math.Max(Floor, size) };

    /// <summary>It with one more signed head, which <see cref="SigningRules.Judge"/> has allowed.</summary>
    public SigningMemory With(SignedHead head) =>
        Signed.Any(s => s.Size == head.Size && s.Root == head.Root) ? this
        : this with { Signed = [.. Signed.Where(s => s.Size == head.Size), head] };

    /// <summary>It with one more refusal.</summary>
    public SigningMemory With(RefusedHead head) => Promised.Contains(head) ? this : this with
    {
        Refused = Refused.Contains(head) ? Refused : Refused.Add(head),
        Promised = Promised.Add(head),
    };

    /// <summary>It without what a valid head has decided.</summary>
    /// <param name="valid">The size of the valid head.</param>
    public SigningMemory Settled(long valid) => this with
    {
        Floor = Math.Max(Floor, valid),
        Signed = Signed.RemoveAll(s => s.Size <= valid),
        Heard = Heard.RemoveAll(s => s.Size <= valid),
        Refused = Refused.RemoveAll(r => r.Size <= valid),
        Promised = Promised.RemoveAll(r => r.Size <= valid),
    };
}
