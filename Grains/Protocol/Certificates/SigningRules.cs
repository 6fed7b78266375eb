using System.Collections.Immutable;
using AllData.Certificates;

namespace AllData.Protocol.Certificates;

/// <summary>What a peer may do with a proposed head.</summary>
internal enum SigningVerdict
{
    /// <summary>It may sign.</summary>
    Sign,

    /// <summary>It must first hear what the other peers have signed.</summary>
    NotSure,

    /// <summary>Its log is not the one that the head continues: it must take over the entries before it, or the head is of an older state.</summary>
    OtherLog,

    /// <summary>It has signed another head of this size, which may still become valid.</summary>
    SignedOther,

    /// <summary>It has promised not to sign it, or may have signed another one of this size.</summary>
    Never,
}

/// <summary>
/// One head of each size: that is all that keeps a log from having two continuations. A second one is signed only if so many peers have promised never to sign
/// the first that it can never have more than half of all signatures.
/// </summary>
internal static class SigningRules
{
    /// <summary>Refusals that keep a head from becoming valid: those that are left are not more than half.</summary>
    /// <param name="storing">Storing peers.</param>
    public static int RefusalsNeeded(int storing) => (storing + 1) / 2;

    /// <summary>Whether a head that continues the log by one entry may be signed.</summary>
    /// <param name="memory">What the peer remembers.</param>
    /// <param name="log">The size of the peer's log, all of whose entries are under a valid head.</param>
    /// <param name="head">The proposed head, which was computed from the peer's log and the proposed entry.</param>
    /// <param name="dead">Roots of this size that can never become valid, as was proven to it.</param>
    public static SigningVerdict Judge(SigningMemory memory, long log, SignedHead head, ImmutableArray<TreeHash> dead) =>
        head.Size != log + 1 ? SigningVerdict.OtherLog
        : !memory.IsSure ? SigningVerdict.NotSure
        : memory.Signed.Any(s => s.Size == head.Size && s.Root == head.Root) ? SigningVerdict.Sign
        : memory.Refused.Contains(new RefusedHead(head.Size, head.Root)) ? SigningVerdict.Never
        : memory.Floor >= head.Size || memory.Signed.Any(s => s.Size > head.Size) ? SigningVerdict.Never
        : memory.Signed.Concat(memory.Heard).All(s => s.Size < head.Size || s.Root == head.Root || dead.Contains(s.Root)) ? SigningVerdict.Sign
        : SigningVerdict.SignedOther;

    /// <summary>Whether it may promise never to sign a head: not if it has signed it, or may have. What it has promised it promises again.</summary>
    /// <param name="memory">What the peer remembers.</param>
    /// <param name="head">The head.</param>
    public static bool MayRefuse(SigningMemory memory, RefusedHead head) =>
        memory.Promised.Contains(head) || (memory.IsSure && memory.Floor < head.Size && !memory.Signed.Any(s => s.Size == head.Size && s.Root == head.Root)
            && !(memory.MayHaveSignedHeard && memory.Heard.Any(s => s.Size == head.Size && s.Root == head.Root)));
}
