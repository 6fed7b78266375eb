using AllData.Intervals;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>The logs of certificates in the data directories are altered, shortened, and put back to an older state.</summary>
internal sealed class LogTampering(SealingSteps steps)
{
    private readonly SealedSilos _silos = steps.Silos;
    private readonly SealingVerdict _verdict = steps.Verdict;
    private readonly List<IReadOnlyDictionary<string, byte[]>> _older = [];

    private IEnumerable<string> All => _silos.Peers.Select(static p => p.Id.Value);

    /// <summary>Keeps a copy of the logs as they are now, while no silo runs.</summary>
    public void Keep() => _older.AddRange(_silos.Peers.Select(static p => CertificateLogFiles.BackUp(p.DataDirectory)));

    /// <summary>Runs it.</summary>
    public async Task RunAsync()
    {
        var (interval, _) = await steps.FillAsync(10);
        steps.Pass(interval);
        var sealedOne = await steps.SealsAsync(interval, static _ => true);
        var verified = await _silos.VerifyAsync(interval).WaitAsync(steps.Stop);
        _verdict.Judge("before the log is changed it holds", sealedOne is not null && verified.ExitCode == 0, SealingDamage.Describe(verified));
        await AlterOneAsync(interval);
        await ChangeAllAsync(interval, "a certificate altered in the logs of all peers", static (peer, _) => Alter(peer));
        await ChangeAllAsync(interval, "a certificate removed from the logs of all peers", static (peer, _) =>
            CertificateLogFiles.WriteTexts(peer.DataDirectory, CertificateLogFiles.ReadTexts(peer.DataDirectory)[..^1]));
        await ChangeAllAsync(interval, "an older copy of the log at all peers", (_, index) => CertificateLogFiles.Restore(_older[index]));
    }

    // One peer alone finds it out and takes the entries from the others.
    private async Task AlterOneAsync(Interval interval)
    {
        var peer = _silos.Peers[0];
        await steps.StopAsync(peer.Id.Value);
        var texts = CertificateLogFiles.ReadTexts(peer.DataDirectory);
        Alter(peer);
        await steps.StartAsync(peer.Id.Value);
        var isBack = await steps.UntilAsync(() => Task.FromResult(CertificateLogFiles.ReadTexts(peer.DataDirectory).SequenceEqual(texts)));
        var isSaid = steps.HasSaid(peer.Id.Value, "The log comes again from the other peers");
        var verified = await _silos.VerifyAsync(interval).WaitAsync(steps.Stop);
        _verdict.Judge(
            "a certificate altered in the log of one peer is reported, and comes again from the others", isBack && isSaid && verified.ExitCode == 0,
            $"{peer.Id} {(isSaid ? "reported it" : "did NOT report it")}, and {(isBack ? "has" : "has NOT")} the right log again; verify "
                + SealingDamage.Describe(verified));
    }

    private async Task ChangeAllAsync(Interval interval, string what, Action<LocalClusterPeer, int> change)
    {
        await steps.StopAsync(All);
        var present = _silos.Peers.Select(static p => CertificateLogFiles.BackUp(p.DataDirectory)).ToList();
        for (var i = 0; i < _silos.Peers.Length; i++)
        {
            change(_silos.Peers[i], i);
        }

        await steps.StartAsync(All);
        var verified = await _silos.VerifyAsync(interval).WaitAsync(steps.Stop);
        _verdict.Judge($"{what}: verify shows it", verified.ExitCode == 1, SealingDamage.Describe(verified));
        var (next, _) = await steps.FillAsync(10);
        steps.Pass(next);
        var isSealed = await steps.IsSealedAsync(next);
        var refused = await _silos.SealAsync(next).WaitAsync(steps.Stop);
        _verdict.Judge($"{what}: no cosigner continues it", !isSealed && refused.ExitCode == 1, $"seal {SealingDamage.Describe(refused)}");

        await steps.StopAsync(All);
        present.ForEach(CertificateLogFiles.Restore);
        await steps.StartAsync(All);
        var isContinued = await steps.SealsAsync(next, static _ => true) is not null;
        verified = await _silos.VerifyAsync(next).WaitAsync(steps.Stop);
        _verdict.Judge($"{what}: with the right files back the log goes on", isContinued && verified.ExitCode == 0, SealingDamage.Describe(verified));
    }

    // The first certificate says another second, and everything around it is as if it always had.
    private static void Alter(LocalClusterPeer peer)
    {
        var texts = CertificateLogFiles.ReadTexts(peer.DataDirectory);
        var (start, end) = (texts[0].LastIndexOf("time ", StringComparison.Ordinal), texts[0].Length);
        var time = texts[0][start..end];
        var other = time.EndsWith("00Z\n", StringComparison.Ordinal) ? "01Z\n" : "00Z\n";
        texts[0] = texts[0][..start] + time[..^other.Length] + other;
        CertificateLogFiles.WriteTexts(peer.DataDirectory, texts);
    }
}
