using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Errors;
using AllData.Membership;
using AllData.Protocol.Certificates;
using AllData.Storage.Certificates;
using Microsoft.Extensions.Logging;

namespace AllData.Sealing;

/// <summary>
/// Signs heads of the log for this silo's peer. It believes nothing that it is told: it looks at the interval itself, computes the head from its own log and
/// the
/// entry, and makes durable what it is about to sign before the signature leaves.
/// </summary>
internal sealed partial class Cosigner(
    PeerCertificateLog log, IntervalExamination examination, OtherCosigners others, HostedPeer hostedPeer, SealingAlarms alarms, ILogger<Cosigner> logger)
{
    private const int PageCharacters = 1 << 20;

    // The memory is made sure by one caller for all.
    private readonly SemaphoreSlim _asking = new(1, 1);

    /// <summary>What the peer has of the log, and what it has signed.</summary>
    public Task<LogStanding> GetStandingAsync() => log.UseAsync(stored => new LogStanding(
        stored.Log.Size, stored.Head?.ToString() ?? "", Math.Max(stored.Log.Size, stored.Memory.HighestSize),
        [.. stored.Memory.Signed.Where(s => s.Size == stored.Log.Size + 1).Select(static s => s.Text)],
        stored.Head is { } head ? log.Sign(head.Head.Text).ToString() : ""));

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

        var facts = known ?? await examination.RunAsync(certificate.Interval, stop);
        if (CosigningRules.FaultOf(certificate, facts) is { } fault)
        {
            return CosignReply.Disagrees($"peer '{hostedPeer.Id}' does not sign: {fault}");
        }

        return await TrySignAsync(request, certificate, isExamined: true) ?? CosignReply.NotNow("its log has changed meanwhile.");
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

    /// <summary>Takes over a valid head, and the entries under it from another peer.</summary>
    /// <param name="note">The head with its signatures.</param>
    /// <param name="read">Reads entries from an index on; null: no entry comes.</param>
    /// <returns>The size that the log then has.</returns>
    /// <exception cref="CertificateException">The head is not valid, contradicts what was valid here, or its entries do not come.</exception>
    public async Task<long> FollowAsync(string note, Func<long, Task<ImmutableArray<string>>> read)
    {
        var head = SignedCheckpoint.Parse(note);
        if (log.Trust.FaultOf(head) is { } fault)
        {
            throw new CertificateException($"Peer '{hostedPeer.Id}' does not take over a head of the log: {fault.Sentence}");
        }

        var from = await log.UseAsync(static stored => (long)stored.Log.Size);
        var texts = new List<string>();
        while (from + texts.Count < head.Head.Size)
        {
            var more = await read(from + texts.Count);
            texts.AddRange(more.Take((int)Math.Min(more.Length, head.Head.Size - from - texts.Count)));
            if (more.IsEmpty)
            {
                throw new CertificateException($"Peer '{hostedPeer.Id}' does not get the entries of the log under a head of {head.Head.Size}.");
            }
        }

        return await log.UseAsync(stored =>
        {
            if (head.Head.Size <= stored.Log.Size)
            {
                AlarmIfOther(stored, head.Head);
            }
            else if (from == stored.Log.Size)
            {
                NoteOwnSignature(stored, head);
                stored.Append(texts, head);
            }

            return stored.Log.Size;
        });
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
            var dead = HeadRefusals.DeadAmong(stored.Memory.Signed, refusals, trust);
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

    private CosignReply? Sign(StoredCertificateLog stored, SignedHead proposed, Checkpoint head, bool isExamined)
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
        if (await log.UseAsync(static stored => stored.Memory.IsSure))
        {
            return;
        }

        await _asking.WaitAsync();
        try
        {
            var storing = log.Trust.Peers.Length;
            var heard = await others.AskAllAsync(static cosigner => cosigner.GetStanding());
            if (heard.Count >= SigningMemory.NeededToBeSure(storing))
            {
                var highest = heard.Values.Select(static standing => standing.HighestSize).DefaultIfEmpty().Max();
                await log.UseAsync(stored =>
                {
                    stored.Remember(stored.Memory.IsSure ? stored.Memory : stored.Memory.Sure(highest));
                    return true;
                });
                LogSure(hostedPeer.Id, heard.Count, highest);
            }
        }
        finally
        {
            _asking.Release();
        }
    }

    // A signature of its own that it does not remember: its directory was put back from a backup, and may have forgotten a later one, too.
    private void NoteOwnSignature(StoredCertificateLog stored, SignedCheckpoint head)
    {
        var name = CertificateLog.SignerOf(hostedPeer.ClusterId, hostedPeer.Directory.Ordinal ?? 0);
        var own = log.Trust.Peers.Select(static p => p.Key).Where(key => key.Name == name);
        var isKnown = head.Head.Size <= stored.Memory.Floor || stored.Memory.Signed.Any(s => s.Size == head.Head.Size && s.Root == head.Head.Root);
        if (!isKnown && !head.Note.SignersAmong(own).IsEmpty)
        {
            LogRestored(hostedPeer.Id, head.Head.Size);
            stored.Remember(stored.Memory.Restored(head.Head.Size));
        }
    }

    private void AlarmIfOther(StoredCertificateLog stored, Checkpoint valid)
    {
        if (stored.Log.FaultOf(valid) is { } fault)
        {
            alarms.OnFork(
                $"Two valid heads of the certificate log contradict each other: {fault.Sentence} This peer signs nothing any more. A data directory was put "
                + "back from a backup, or a key was copied: compare the logs of the peers.");
        }
    }

    [LoggerMessage(LogLevel.Information,
        "Peer {Peer} may sign heads of the certificate log: {Heard} other peers have said what they have signed, up to {Highest}")]
    private partial void LogSure(Peers.PeerId peer, int heard, long highest);

    [LoggerMessage(LogLevel.Warning,
        "Peer {Peer} finds its own signature under head {Size} of the certificate log and does not remember it: its data directory was put back. It asks the "
        + "other peers before it signs again")]
    private partial void LogRestored(Peers.PeerId peer, long size);
}
