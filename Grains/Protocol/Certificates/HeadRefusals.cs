using System.Collections.Immutable;
using AllData.Certificates;

namespace AllData.Protocol.Certificates;

/// <summary>
/// Signed promises never to sign a head. They travel as notes whose text has four lines: what it is, the log's origin, the head's size and its root. No head
/// has such a text.
/// </summary>
internal static class HeadRefusals
{
    private const string FirstLine = "alldata-refusal/1";

    /// <summary>What is signed.</summary>
    /// <param name="origin">Which log it is.</param>
    /// <param name="head">The head that is refused.</param>
    public static string TextOf(string origin, RefusedHead head) =>
        $"{FirstLine}\n{origin}\n{head.Size}\n{head.Root.Base64}\n";

    /// <summary>Whether so many peers have promised never to sign a head that it can never become valid.</summary>
    /// <param name="head">The head.</param>
    /// <param name="signatures">The signatures of refusals, of whatever heads: those of other texts do not count.</param>
    /// <param name="trust">Whose signatures count.</param>
    public static bool AreEnough(RefusedHead head, IEnumerable<NoteSignature> signatures, LogTrust trust)
    {
        var note = new SignedNote(TextOf(trust.Origin, head), [.. signatures]);
        return note.SignersAmong(trust.Peers.Select(static p => p.Key)).Length >= SigningRules.RefusalsNeeded(trust.Peers.Length);
    }

    /// <summary>Of the heads that a peer has signed or may have signed, the roots of those that can never become valid.</summary>
    public static ImmutableArray<TreeHash> DeadAmong(IEnumerable<SignedHead> signed, IReadOnlyCollection<NoteSignature> signatures, LogTrust trust) =>
        [.. signed.Where(s => AreEnough(new RefusedHead(s.Size, s.Root), signatures, trust)).Select(static s => s.Root)];
}
