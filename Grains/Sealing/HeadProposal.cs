using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Certificates;

namespace AllData.Sealing;

/// <summary>
/// Brings the log one entry further. First it finishes what another sealer has begun: an entry that some peers have signed already is proposed again, because
/// it may become valid. Another entry takes its place only if so many peers promise never to sign it that it cannot; and they are asked for that only if so
/// many will not sign it, or by order. A peer that is away must not cost what the others have begun: those that have heard of it since their start may have
/// signed it, and can neither sign it against what others have promised nor promise themselves.
/// </summary>
internal sealed class HeadProposal(
    PeerCertificateLog log, Cosigner cosigner, OtherCosigners others, ICoordinatingPeer own, TimeSpan patience, TimeProvider time)
{
    private static readonly TimeSpan TellPatience = TimeSpan.FromSeconds(30);

    // The part of the patience after which those are asked, too, that need not sign if the others do: later than the rests of those that read, which may take
    // a quarter of it.
    private const int HedgeOfPatience = 2;

    // Signatures of refusals that were given to this attempt.
    private readonly List<string> _refusals = [];

    /// <summary>Brings the log up to date and finishes what was begun.</summary>
    /// <param name="isOrdered">Whether what was begun is given up where it waits for a peer: an operator has ordered another entry.</param>
    /// <returns>Why nothing can be appended now: a sentence; null: something can.</returns>
    public async Task<string?> PrepareAsync(bool isOrdered)
    {
        var standings = await others.AskAllAsync(static peer => peer.GetStandingAsync());
        standings[own.Id] = await cosigner.GetStandingAsync();
        var trust = log.Trust;
        if (standings.Count < trust.Needed)
        {
            return $"{standings.Count} of {trust.Peers.Length} storing peers answer about the log of certificates; {trust.Needed} are needed.";
        }

        await CatchUpAsync(standings, trust);
        var size = await log.UseAsync(static stored => (long)stored.Log.Size);
        var begun = standings.Values.Where(s => s.Size == size).SelectMany(static s => s.Signed).Distinct().Order(StringComparer.Ordinal).ToList();
        var waiting = new List<string>();
        foreach (var text in begun)
        {
            var (reason, disagreeing) = await AttemptAsync(text, facts: null);
            if (reason is null)
            {
                return null;
            }

            var isHopeless = disagreeing >= SigningRules.RefusalsNeeded(trust.Peers.Length);
            if (!(isHopeless || isOrdered) || !await TryGiveUpAsync(size, text, trust))
            {
                waiting.Add(reason);
            }
        }

        return waiting.Count == 0 ? null : $"An earlier certificate was signed by some peers and waits for others: {string.Join(' ', waiting)}";
    }

    /// <summary>Has an entry signed and appends it.</summary>
    /// <param name="text">The entry.</param>
    /// <param name="facts">What this silo has just found out about its interval; null: it looks again.</param>
    /// <returns>Why it was not appended: a sentence; null: it was.</returns>
    public async Task<string?> TryAppendAsync(string text, SealingFacts? facts) => (await AttemptAsync(text, facts)).Reason;

    private async Task<(string? Reason, int Disagreeing)> AttemptAsync(string text, SealingFacts? facts)
    {
        var disagreeing = 0;
        var (size, head) = await log.UseAsync(stored => ((long)stored.Log.Size, stored.Log.HeadWith(text)));
        var request = new CosignRequest(size, text, [.. _refusals]);

        // This peer first: whichever other signs, it can hear here what it may have signed, even if it forgets it.
        (PeerId Peer, CosignReply Reply)? answer = await AskAsync(own.Id, () => cosigner.CosignAsync(request, facts, CancellationToken.None));
        var (trust, signed, reasons) = (log.Trust, new SignedCheckpoint(head, []), new List<string>());
        using var requests = new CosignatureRequests(
            others.InOrder(head.Size), peer => AskAsync(peer, () => others.Of(peer).CosignAsync(request)), patience / HedgeOfPatience, time);
        for (; answer is var (peer, reply); answer = await requests.NextAsync(trust.Needed - signed.Signatures.Length))
        {
            if (reply.Outcome != CosignOutcome.Signed)
            {
                reasons.Add($"Peer '{peer}': {reply.Reason}");
                disagreeing += reply.Outcome == CosignOutcome.Disagrees ? 1 : 0;
                continue;
            }

            signed = signed.With(NoteSignature.Parse(reply.Signature));
            if (trust.FaultOf(signed) is null)
            {
                await SpreadAsync(signed, [text]);
                return (null, disagreeing);
            }
        }

        return (reasons.Count > 0 ? string.Join(' ', reasons) : trust.FaultOf(signed)!.Sentence, disagreeing);
    }

    private async Task CatchUpAsync(Dictionary<PeerId, LogStanding> standings, LogTrust trust)
    {
        if (NewestHead.Of(standings, own.Id, trust) is not { } newest)
        {
            return;
        }

        var size = newest.Head.Head.Size;
        var head = trust.FaultOf(newest.Head) is null ? newest.Head : await SignAgainAsync(newest, standings, trust);
        if (standings[own.Id].Size < size)
        {
            await cosigner.FollowAsync(head.ToString(), others.Of(newest.Source).ReadEntriesAsync);
        }

        await Task.WhenAll(standings.Where(s => s.Value.Size < size && s.Key != own.Id).Select(s => TellAsync(s.Key, head.ToString())));
    }

    // Its signers have left the cluster, or have new directories, before others had taken it over: those that it continues sign it now.
    private async Task<SignedCheckpoint> SignAgainAsync(NewestHead newest, Dictionary<PeerId, LogStanding> standings, LogTrust trust)
    {
        var before = newest.Head.Head.Size - 1;
        var texts = newest.Source == own.Id ? await cosigner.ReadEntriesAsync(before) : await others.Of(newest.Source).ReadEntriesAsync(before);
        var request = new CosignRequest(before, texts[0], []);
        var asked = standings.Where(s => s.Value.Size == before).Select(s => AskAsync(
            s.Key, () => s.Key == own.Id ? cosigner.CosignAsync(request, known: null, CancellationToken.None) : others.Of(s.Key).CosignAsync(request)));
        var head = newest.Head;
        foreach (var (_, reply) in await Task.WhenAll(asked))
        {
            head = reply.Outcome == CosignOutcome.Signed ? NewestHead.With(head, NoteSignature.Parse(reply.Signature), trust) : head;
        }

        return head;
    }

    private async Task SpreadAsync(SignedCheckpoint head, ImmutableArray<string> texts)
    {
        await cosigner.FollowAsync(head.ToString(), _ => Task.FromResult(texts));
        await Task.WhenAll(others.Peers.Select(peer => TellAsync(peer, head.ToString())));
    }

    // A peer that does not hear of it takes it over before the next head.
    private async Task TellAsync(PeerId peer, string note)
    {
        try
        {
            await others.Of(peer).FollowAsync(own.Id, note).WaitAsync(TellPatience, time);
        }
        catch (Exception)
        {
            // As above, whatever the reason.
        }
    }

    private async Task<bool> TryGiveUpAsync(long size, string text, LogTrust trust)
    {
        var head = await log.UseAsync(stored => stored.Log.Size == size ? stored.Log.HeadWith(text) : null);
        if (head is null)
        {
            return false;
        }

        var refused = new RefusedHead(head.Size, head.Root);
        var signatures = (await others.AskAllAsync(peer => peer.RefuseAsync(refused.Size, refused.Root))).Values.Append(await cosigner.RefuseAsync(refused));
        _refusals.AddRange(signatures.OfType<string>());
        return HeadRefusals.AreEnough(refused, _refusals.Select(NoteSignature.Parse), trust);
    }

    private async Task<(PeerId Peer, CosignReply Reply)> AskAsync(PeerId peer, Func<Task<CosignReply>> ask)
    {
        try
        {
            return (peer, await ask().WaitAsync(patience, time));
        }
        catch (Exception e)
        {
            // It has not signed, as far as is known; if it has, it says so to the next sealer.
            return (peer, CosignReply.NotNow(FailureText.SentenceOf(e)));
        }
    }
}
