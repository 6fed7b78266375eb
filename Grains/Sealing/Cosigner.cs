using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Errors;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Certificates;
using AllData.Storage.Certificates;
using Microsoft.Extensions.Logging;

namespace AllData.Sealing;

/// <summary>
/// Signs heads of the log for this silo's peer. It believes nothing that it is told: it looks at the interval itself, computes the head from its own log and
/// the entry, and makes durable what it is about to sign before the signature leaves.
/// </summary>
internal sealed partial class Cosigner(
    PeerCertificateLog log, IIntervalExamination examination, OtherCosigners others, ICoordinatingPeer own, SealingAlarms alarms, IExaminedIntervals examined,
    ILogger<Cosigner> logger)
{
    private const int PageCharacters = 1 << 20;

    // The memory is made sure by one caller for all.
    private readonly SemaphoreSlim _asking = new(1, 1);

    // What was found out for the last signature, until its head is valid.
    private volatile SealingFacts? _signed;

    /// <summary>What the peer has of the log, and what it has signed.</summary>
    public Task<LogStanding> GetStandingAsync() => log.UseAsync(stored => new LogStanding(
        stored.Log.Size, stored.Head?.ToString() ?? "", [.. BegunIn(stored)], stored.Head is { } head ? log.Sign(head.Head.Text).ToString() : "",
        [.. stored.Memory.Refused.Where(r => r.Size == stored.Log.Size + 1).Select(static r => r.Root)])
    { IsReadOnly = !log.IsUsable });

    /// <summary>Signs the head of the log with one more entry, or says why not.</summary>
    /// <param name="request">The entry.</param>
    /// <param name="known">What this silo has just found out about the interval; null: it looks itself.</param>
    /// <param name="stop">Ends the look at the interval.</param>
    public async Task<CosignReply> CosignAsync(CosignRequest request, SealingFacts? known, CancellationToken stop)
    {
        IntervalCertificate certificate;
        try
        {
            certificate = IntervalCertificate.Parse(request.Text);
        }
        catch (CertificateFormatException e)
        {
            return CosignReply.Disagrees(e.Message);
        }

        // What is refused without it needs no look at the interval, which takes long.
        if (await TrySignAsync(request, certificate, isExamined: false) is { } early)
        {
            return early;
        }

        var facts = known ?? await examination.RunAsync(certificate.Interval, isReadInDoubt: true, stop);
        if (CosigningRules.FaultOf(certificate, facts) is { } fault)
        {
            var reason = $"peer '{own.Id}' does not sign: {fault.Sentence}";
            return fault.IsLasting ? CosignReply.Disagrees(reason) : CosignReply.NotNow(reason);
        }

        var reply = await TrySignAsync(request, certificate, isExamined: true) ?? CosignReply.NotNow("its log has changed meanwhile.");
        _signed = reply.Outcome == CosignOutcome.Signed ? facts : _signed;
        return reply;
    }

    /// <summary>Promises durably never to sign a head.</summary>
    /// <returns>The signature of the refusal; null: the peer has signed the head, or may have.</returns>
    public async Task<string?> RefuseAsync(RefusedHead head)
    {
        await MakeSureAsync();
        return await log.UseAsync(stored =>
        {
            if (head.Size != stored.Log.Size + 1 || !SigningRules.MayRefuse(stored.Memory, head))
            {
                return null;
            }

            stored.Remember(stored.Memory.With(head));
            return log.Sign(HeadRefusals.TextOf(log.Origin, head)).ToString();
        });
    }

    /// <summary>
    /// Takes over a valid head, and the entries under it from another peer. Then it hears what the others have signed, if it must know that: they are there
    /// now, and when this peer is asked to sign, one of them may be away.
    /// </summary>
    /// <param name="note">The head with its signatures.</param>
    /// <param name="read">Reads entries from an index on; null: no entry comes.</param>
    /// <returns>The size that the log then has.</returns>
    /// <exception cref="CertificateException">The head is not valid, contradicts what was valid here, or its entries do not come.</exception>
    public async Task<long> FollowAsync(string note, Func<long, Task<ImmutableArray<string>>> read)
    {
        var size = await TakeOverAsync(note, read);
        await MakeSureAsync();
        return size;
    }

    private async Task<long> TakeOverAsync(string note, Func<long, Task<ImmutableArray<string>>> read)
    {
        var head = SignedCheckpoint.Parse(note);
        if (log.Trust.FaultOf(head) is { } fault)
        {
            throw new CertificateException($"Peer '{own.Id}' does not take over a head of the log: {fault.Sentence}");
        }

        var from = await log.UseAsync(static stored => (long)stored.Log.Size);
        var texts = new List<string>();
        while (from + texts.Count < head.Head.Size)
        {
            var more = await read(from + texts.Count);
            texts.AddRange(more.Take((int)Math.Min(more.Length, head.Head.Size - from - texts.Count)));
            if (more.IsEmpty)
            {
                throw new CertificateException($"Peer '{own.Id}' does not get the entries of the log under a head of {head.Head.Size}.");
            }
        }

        var (size, isTaken) = await log.UseAsync(stored =>
        {
            if (head.Head.Size <= stored.Log.Size)
            {
                AlarmIfOther(stored, head.Head);
                return (stored.Log.Size, false);
            }

            if (from != stored.Log.Size)
            {
                return (stored.Log.Size, false);
            }

            NoteOwnSignature(stored, head);
            stored.Append(texts, head);
            return (stored.Log.Size, true);
        });
        if (isTaken && _signed is { } facts && texts.Select(IntervalCertificate.Parse).Any(c => c.Interval == facts.Interval && c.Content == facts.Content))
        {
            await examined.NoteAsync(facts.Interval, facts);
        }

        return size;
    }

    /// <summary>The texts of entries from an index on.</summary>
    public Task<ImmutableArray<string>> ReadEntriesAsync(long from) => log.UseAsync(stored =>
    {
        var texts = ImmutableArray.CreateBuilder<string>();
        for (var (i, characters) = (from, 0); i >= 0 && i < stored.Log.Size && characters < PageCharacters; i++)
        {
            texts.Add(stored.Read((int)i));
            characters += texts[^1].Length;
        }

        return texts.ToImmutable();
    });

    // Null: it may be signed once the interval has been looked at.
    private async Task<CosignReply?> TrySignAsync(CosignRequest request, IntervalCertificate certificate, bool isExamined)
    {
        if (alarms.Fork is { } fork)
        {
            return CosignReply.NotNow(fork);
        }

        await MakeSureAsync();
        var trust = log.Trust;
        var refusals = request.Refusals.Select(NoteSignature.Parse).ToList();
        return await log.UseAsync(stored =>
        {
            if (request.Size != stored.Log.Size)
            {
                return CosignReply.NotNow($"its log has {stored.Log.Size} certificates, and the head continues one of {request.Size}.");
            }

            if (stored.Log.FaultOfNext(certificate) is { } fault)
            {
                return CosignReply.Disagrees(fault);
            }

            var head = stored.Log.HeadWith(request.Text);
            var proposed = new SignedHead(head.Size, head.Root, request.Text);
            var dead = HeadRefusals.DeadAmong(stored.Memory.Signed.Concat(stored.Memory.Heard), refusals, trust);
            return SigningRules.Judge(stored.Memory, stored.Log.Size, proposed, dead) switch
            {
                SigningVerdict.Sign => Sign(stored, proposed, head, isExamined),
                SigningVerdict.NotSure => CosignReply.NotNow("too few other peers have said what they have signed."),
                SigningVerdict.SignedOther => CosignReply.Disagrees($"it has signed another head of size {head.Size}."),
                SigningVerdict.Never => CosignReply.Disagrees($"it has promised not to sign this head of size {head.Size}, or may have signed another one."),
                _ => CosignReply.NotNow("the head does not continue its log."),
            };
        });
    }

    private CosignReply? Sign(IStoredCertificateLog stored, SignedHead proposed, Checkpoint head, bool isExamined)
    {
        // What was signed before is signed again: nothing new is promised.
        if (!isExamined && !stored.Memory.Signed.Contains(proposed))
        {
            return null;
        }

        stored.Remember(stored.Memory.With(proposed));
        return CosignReply.Signed(log.Sign(head.Text).ToString());
    }

    /// <summary>Asks the other peers what they have signed, if that must be known before this one signs.</summary>
    public async Task MakeSureAsync()
    {
        await _asking.WaitAsync();
        try
        {
            if (await log.UseAsync(static stored => stored.Memory.IsSure))
            {
                return;
            }

            var trust = log.Trust;
            var heard = await others.AskAllAsync(static cosigner => cosigner.GetStandingAsync());
            if (heard.Count >= SigningMemory.NeededToBeSure(trust.Peers.Length) && await TryCatchUpAsync(heard, trust))
            {
                LogSure(own.Id, heard.Count);
            }
        }
        finally
        {
            _asking.Release();
        }
    }

    // What others have begun continues the longest log: it is known what that is only where the log is here.
    private async Task<bool> TryCatchUpAsync(Dictionary<PeerId, LogStanding> heard, LogTrust trust)
    {
        var size = await log.UseAsync(static stored => (long)stored.Log.Size);
        if (NewestHead.Of(heard, own.Id, trust) is { } newest && newest.Head.Head.Size > size)
        {
            try
            {
                await TakeOverAsync(newest.Head.ToString(), others.Of(newest.Source).ReadEntriesAsync);
            }
            catch (Exception e) when (e is CertificateException or TimeoutException or PeerNotHostedException or OrleansException or IOException)
            {
                // The next time.
                return false;
            }
        }

        return await log.UseAsync(stored =>
        {
            if (heard.Values.Any(standing => standing.Size > stored.Log.Size))
            {
                return false;
            }

            stored.Remember(stored.Memory.Sure(
                stored.Log.Size, [.. heard.Values.Select(static s => new HeardMemory(s.Size, s.Signed, s.Refused))], log.IsOfFirstDirectory,
                text => stored.Log.HeadWith(text).Root));
            return true;
        });
    }

    private static IEnumerable<string> BegunIn(IStoredCertificateLog stored) =>
        stored.Memory.Signed.Concat(stored.Memory.MayHaveSignedHeard ? stored.Memory.Heard : []).Where(s => s.Size == stored.Log.Size + 1)
            .Select(static s => s.Text);

    // A signature of its own that it does not remember: its directory was put back from a backup, and may have forgotten a later one, too.
    private void NoteOwnSignature(IStoredCertificateLog stored, SignedCheckpoint head)
    {
        var signer = log.Signer;
        var keys = log.Trust.Peers.Select(static p => p.Key).Where(key => key.Name == signer);
        var isKnown = head.Head.Size <= stored.Memory.Floor || stored.Memory.Signed.Any(s => s.Size == head.Head.Size && s.Root == head.Head.Root);
        if (!isKnown && !head.Note.SignersAmong(keys).IsEmpty)
        {
            LogRestored(own.Id, head.Head.Size);
            stored.Remember(stored.Memory.Restored(head.Head.Size));
        }
    }

    private void AlarmIfOther(IStoredCertificateLog stored, Checkpoint valid)
    {
        if (stored.Log.FaultOf(valid) is { } fault)
        {
            alarms.OnFork(
                $"Two valid heads of the certificate log contradict each other: {fault.Sentence} This peer signs nothing any more. A data directory was put "
                + "back from a backup, or a key was copied: compare the logs of the peers.");
        }
    }

    [LoggerMessage(LogLevel.Information,
        "Peer {Peer} may sign heads of the certificate log: {Heard} other peers have said what they have signed")]
    private partial void LogSure(PeerId peer, int heard);

    [LoggerMessage(LogLevel.Warning,
        "Peer {Peer} finds its own signature under head {Size} of the certificate log and does not remember it: its data directory was put back. It asks the "
        + "other peers before it signs again")]
    private partial void LogRestored(PeerId peer, long size);
}
