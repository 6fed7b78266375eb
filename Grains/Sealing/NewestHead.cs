using AllData.Certificates;
using AllData.Peers;

namespace AllData.Sealing;

/// <summary>The head of the peers whose logs are the longest.</summary>
/// <param name="Source">A peer that has the log.</param>
/// <param name="Head">The head, with the signatures of all that have it: those that signed it then may have left the cluster.</param>
internal sealed record NewestHead(PeerId Source, SignedCheckpoint Head)
{
    /// <summary>Finds it.</summary>
    /// <param name="standings">What peers have of the log.</param>
    /// <param name="own">The peer to take it from, if it has it.</param>
    /// <param name="trust">Whose signatures count.</param>
    /// <returns>It; null: no log has an entry.</returns>
    public static NewestHead? Of(IReadOnlyDictionary<PeerId, LogStanding> standings, PeerId own, LogTrust trust)
    {
        var size = standings.Values.Select(static s => s.Size).DefaultIfEmpty().Max();
        if (size == 0)
        {
            return null;
        }

        var longest = standings.Where(s => s.Value.Size == size).OrderBy(s => s.Key != own).ToList();
        var head = SignedCheckpoint.Parse(longest[0].Value.Note);
        foreach (var signature in longest.Select(static s => s.Value.Signature).Where(static s => s.Length > 0))
        {
            head = With(head, NoteSignature.Parse(signature), trust);
        }

        return new NewestHead(longest[0].Key, head);
    }

    /// <summary>A head with one more signature, or with that in the place of another one of its key; without it where it is not of the head.</summary>
    public static SignedCheckpoint With(SignedCheckpoint head, NoteSignature signature, LogTrust trust)
    {
        var merged = head with { Signatures = [.. head.Signatures.Where(s => (s.Name, s.KeyId) != (signature.Name, signature.KeyId)), signature] };
        return merged.Note.ForgedAmong(trust.Peers.Select(static p => p.Key)).IsEmpty ? merged : head;
    }
}
