using System.Collections.Immutable;
using System.CommandLine;
using AllData.Certificates;
using AllData.Client.Certificates;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Intervals;
using AllData.Client.Peers;
using AllData.Client.Terminals;
using AllData.Events;
using AllData.Intervals;

namespace AllData.Client.Verification;

/// <summary><c>alldata verify</c>.</summary>
internal sealed class VerifyCommand
{
    private readonly IntervalOption _interval = new();

    private readonly Option<string?> _receipts = new("--receipts")
    {
        Description = "Receipts, as put --receipts writes them: each one's event must be there.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _keys = TrustOptions.Keys(
        "Whose signatures count. A file that is not there yet is written with the keys that the cluster names.");

    private readonly Option<string?> _head = new("--head")
    {
        Description = "The last head that was seen: the log must continue it. Written after each success.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _offline = new("--offline")
    {
        Description = "The directory of an exported interval: its files are checked, without a cluster.",
        HelpName = "DIRECTORY",
    };

    private readonly Option<string?> _certificate = new("--certificate")
    {
        Description = "With --interval: where to write its certificate with its proof. With --offline: where that lies. Default: in the directory.",
        HelpName = "FILE",
    };

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var verify = new VerifyCommand();
        var command = new Command("verify", "Checks the log of certificates, and recomputes what they say from the events.");
        foreach (var option in new Option[] { verify._interval.Option, verify._receipts, verify._keys, verify._head, verify._offline, verify._certificate })
        {
            command.Add(option);
        }

        command.SetGuardedAction(services, global, (parsed, cancellation) => parsed.GetValue(verify._offline) is { } directory
            ? verify.RunOfflineAsync(services, directory, parsed, global.IsJson(parsed), cancellation)
            : verify.RunAsync(services, global, parsed, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation)
    {
        var (keysFile, headFile) = (parsed.GetValue(_keys), parsed.GetValue(_head));
        var (trusted, known) = (TrustFiles.ReadKeys(keysFile), TrustFiles.ReadHead(headFile));
        var receipts = parsed.GetValue(_receipts) is { } file ? ReceiptKeys.Read(file) : null;
        await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
        var view = new ClusterView(cluster.Grains, cluster.Caller);
        var interval = await _interval.GetAsync(parsed, () => view.GetIntervalLengthAsync(cancellation));
        var log = await new LogReader(cluster).ReadAsync(trusted, known, cancellation);
        var results = await VerifyAsync(services, cluster, log, interval, receipts, cancellation);
        var code = VerifyOutput.Write(services.Terminal, log, results, ElsewhereOf(receipts, interval, results), global.IsJson(parsed));
        if (log.Faults.IsEmpty)
        {
            Remember(services.Terminal, log, trusted is null ? keysFile : null, headFile);
            WriteCertificate(log, interval, parsed.GetValue(_certificate));
        }

        return code;
    }

    private async Task<int> RunOfflineAsync(
        ClientServices services, string directory, ParseResult parsed, bool json, CancellationToken cancellation)
    {
        if (_interval.IsGiven(parsed) || parsed.GetValue(_head) is not null)
        {
            throw new UsageException("--offline checks the files of one interval: leave out --interval and --head.");
        }

        var receipts = parsed.GetValue(_receipts) is { } file ? ReceiptKeys.Read(file) : null;
        var (trust, tally) = (TrustFiles.ReadExistingKeys(parsed.GetValue(_keys)), new ReadTally(services.Time));
        VerifiedInterval? result = null;
        await new WorkProgress(services.Terminal, tally.Describe, null, services.Time).ShowAsync(async () =>
            result = await new OfflineVerification(tally).RunAsync(directory, parsed.GetValue(_certificate), trust, receipts, cancellation));
        return VerifyOutput.Write(services.Terminal, log: null, [result!], [], json);
    }

    private static void WriteCertificate(CheckedLog log, Interval? interval, string? path)
    {
        var newest = log.Newest.Where(c => c.Certificate.Interval == interval).Select(static c => (int?)c.Index).FirstOrDefault();
        if (path is not null && newest is { } index)
        {
            TrustFiles.Write(path, log.Prove(index).Text);
        }
    }

    private static async Task<ImmutableArray<VerifiedInterval>> VerifyAsync(
        ClientServices services, ClusterSession cluster, CheckedLog log, Interval? wanted, ReceiptKeys? receipts, CancellationToken cancellation)
    {
        var certificates = log.Newest.Select(static c => c.Certificate)
            .Where(c => wanted is { } one ? c.Interval == one : receipts?.MissingIn(c.Interval) > 0).ToList();
        var (results, tally) = (ImmutableArray.CreateBuilder<VerifiedInterval>(), new ReadTally(services.Time));
        var all = Math.Max(1, certificates.Sum(static c => c.Content.Events));
        var read = new IntervalRead(cluster.Grains.CreateEventReader(), tally);
        await new WorkProgress(services.Terminal, tally.Describe, () => Math.Min(1, tally.Events / (double)all), services.Time).ShowAsync(async () =>
        {
            foreach (var certificate in certificates)
            {
                results.Add(await VerifyAsync(read, certificate, receipts, cancellation));
            }
        });
        if (wanted is { } missing && certificates.Count == 0)
        {
            results.Add(new VerifiedInterval(missing, null, null, ["It has no certificate. alldata seal --interval tries to make one."], []));
        }

        return results.ToImmutable();
    }

    private static async Task<VerifiedInterval> VerifyAsync(
        IntervalRead read, IntervalCertificate certificate, ReceiptKeys? receipts, CancellationToken cancellation)
    {
        var reading = await read.RunAsync(certificate.Interval, proven: null, receipts is null ? default(Action<EventKey>) : receipts.Meet, cancellation);
        var result = VerifiedInterval.Compare(
            certificate, reading.Content, reading.Outcome.Doubts.Select(static d => $"{d.Peer} could not be asked: {d.Reason}."));
        result = certificate.State == CertificateState.Unknown
            ? result with { Doubts = result.Doubts.Add("Its certificate says that something may be missing, and what.") }
            : result;
        return receipts?.MissingIn(certificate.Interval) is > 0 and var missing
            ? result with
            {
                Faults = result.Faults.Add(
                    $"{Amount.OfEvents(missing)} that receipts name are not there, the first under {FirstOf(receipts, certificate.Interval)}."),
            }
            : result;
    }

    // With one interval wanted, the others' receipts are not asked about.
    private static List<EventKey> ElsewhereOf(ReceiptKeys? receipts, Interval? wanted, ImmutableArray<VerifiedInterval> results) =>
        receipts is null || wanted is not null ? [] : [.. receipts.Missing.Where(key => !results.Any(r => r.Interval.Contains(key)))];

    private static EventKey FirstOf(ReceiptKeys receipts, Interval interval) => receipts.Missing.Where(interval.Contains).Min();

    private static void Remember(Terminal terminal, CheckedLog log, string? keysFile, string? headFile)
    {
        if (keysFile is not null)
        {
            TrustFiles.Write(keysFile, log.Trust.Text);
            terminal.Say($"{keysFile} has the keys that count from now on. Compare it with one that was made elsewhere.");
        }

        if (headFile is not null && log.Signed is { } signed)
        {
            TrustFiles.Write(headFile, signed.ToString());
        }
    }
}
