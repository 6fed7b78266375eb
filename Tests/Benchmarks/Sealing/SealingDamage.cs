using AllData.Certificates;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>
/// Four silos seal what was put into them; then blocks are taken out of their files or changed, a block comes late, and their logs of certificates are altered,
/// shortened and put back.
/// </summary>
internal sealed class SealingDamage(SealingSteps steps)
{
    private const int Peers = 4;
    private const int Events = 40;

    private readonly SealedSilos _silos = steps.Silos;
    private readonly SealingVerdict _verdict = steps.Verdict;

    /// <summary>Runs it; 1 when something was not seen that must be.</summary>
    public static async Task<int> RunAsync(RunLog log, CancellationToken stop)
    {
        var verdict = new SealingVerdict(log);
        await using var silos = await SealedSilos.StartAsync(Peers, log).WaitAsync(stop);
        log.Say("four silos run");
        await using var steps = new SealingSteps(silos, verdict, stop);
        var (damage, logs) = (new SealingDamage(steps), new LogTampering(steps));
        var sealedOne = await damage.RemoveFromOneAsync();
        await damage.DamageAllAsync(sealedOne, logs.Keep);
        await new LateBlocks(steps).RunAsync();
        await logs.RunAsync();
        return verdict.Print();
    }

    // The row alone: the sums of the peer still say that the block is there.
    private async Task<Interval> RemoveFromOneAsync()
    {
        var (interval, _) = await steps.FillAsync(Events);
        var peer = _silos.Peers[1].Id.Value;
        var before = await RemoveAsync(peer, interval, away: 0);
        steps.Pass(interval);
        var first = await steps.SealsAsync(interval, static c => c.State == CertificateState.Complete);
        var isBack = await steps.UntilAsync(() => Task.FromResult(steps.Holds(peer, interval, before)));
        _verdict.Judge(
            "a block removed from one replica before sealing is repaired", isBack && first is { Version: 1 } && IsAsCounted(first),
            $"{before}, {(isBack ? "held again" : "NOT held again")} by {peer}; certificate {Describe(first)}, {Counted(interval)}");

        var after = await RemoveAsync(peer, interval, away: 1);
        isBack = await steps.UntilAsync(() => Task.FromResult(steps.Holds(peer, interval, after)));
        var isSaid = steps.HasSaid(peer, "holds something damaged");
        var verified = await _silos.VerifyAsync(interval).WaitAsync(steps.Stop);
        var doubted = verified.ExitCode == 0 ? "" : $"at first {Describe(verified)}; then ";
        await steps.UntilAsync(async () => (verified = await _silos.VerifyAsync(interval).WaitAsync(steps.Stop)).ExitCode == 0);
        var versions = (await steps.CertificatesAsync(interval)).Count;
        _verdict.Judge(
            "a block removed from one replica after sealing is reported and repaired", isBack && isSaid && verified.ExitCode == 0 && versions == 1,
            $"{after}, {(isSaid ? "reported" : "NOT reported")} and {(isBack ? "held again" : "NOT held again")} by {peer}; "
                + $"{versions} version; verify {doubted}{Describe(verified)}");
        return interval;
    }

    private async Task<BlockId> RemoveAsync(string peer, Interval interval, int away)
    {
        await steps.StopAsync(peer);
        var own = _silos.Processes.Layout.Find(peer)!;
        var block = SealingSteps.MiddleOf([own], interval, away);
        BlockRows.Remove(own.DataDirectory, block);
        await steps.StartAsync(peer);
        return block;
    }

    private async Task DamageAllAsync(Interval sealedOne, Action onStopped)
    {
        var (lost, _) = await steps.FillAsync(Events);
        var (changed, _) = await steps.FillAsync(Events);
        await steps.StopAsync(_silos.Peers.Select(static p => p.Id.Value));
        onStopped();
        var (gone, flipped, late) = (SealingSteps.MiddleOf(_silos.Peers, lost), SealingSteps.MiddleOf(_silos.Peers, changed),
            SealingSteps.MiddleOf(_silos.Peers, sealedOne));
        foreach (var peer in _silos.Peers)
        {
            BlockRows.RemoveWithoutTrace(peer.DataDirectory, gone);
            BlockRows.Flip(peer.DataDirectory, flipped);
            BlockRows.Flip(peer.DataDirectory, late);
        }

        await steps.StartAsync(_silos.Peers.Select(static p => p.Id.Value));
        steps.Pass(changed);
        await JudgeLostAsync(lost, gone);
        await JudgeChangedAsync(changed, flipped);
        await JudgeSealedAsync(sealedOne, late);
    }

    private async Task JudgeLostAsync(Interval interval, BlockId gone)
    {
        var isSealed = await steps.IsSealedAsync(interval);
        var refused = await SealedOnOrderAsync(interval);
        _verdict.Judge(
            "an interval of which all replicas have lost a block is not sealed, and the reason names its number",
            !isSealed && refused.ExitCode == 1 && Names(refused, gone), $"block {gone}, number {gone.Number}; seal {Describe(refused)}");
        var unknown = await SealedOnOrderAsync(interval, "--even-unknown");
        var line = $"missing {gone.Ordinal}.{gone.Incarnation} {gone.Number}";
        var verified = await _silos.VerifyAsync(interval).WaitAsync(steps.Stop);
        var listed = await _silos.TellAsync("intervals").WaitAsync(steps.Stop);
        _verdict.Judge(
            "what certifies it is unknown and names the number; verify and intervals say so",
            unknown.Output.Contains("\nstate unknown\n", StringComparison.Ordinal) && unknown.Output.Contains($"\n{line}\n", StringComparison.Ordinal)
                && verified.ExitCode == 4 && listed.Output.Contains("unknown", StringComparison.Ordinal),
            $"'{line}' {(unknown.Output.Contains(line, StringComparison.Ordinal) ? "is" : "is NOT")} in it; verify {Describe(verified)}");
    }

    private async Task JudgeChangedAsync(Interval interval, BlockId flipped)
    {
        var isSealed = await steps.IsSealedAsync(interval);
        var refused = await SealedOnOrderAsync(interval);
        var unknown = await SealedOnOrderAsync(interval, "--even-unknown");
        var newest = (await steps.CertificatesAsync(interval)).LastOrDefault();
        var reported = _silos.Peers.Count(peer => steps.HasSaid(peer.Id.Value, $"{flipped}"));
        _verdict.Judge(
            "an interval of which all replicas have a block with a changed byte is reported, and never complete",
            !isSealed && refused.ExitCode == 1 && reported > 0 && newest is null or { State: CertificateState.Unknown },
            $"block {flipped}, reported by {reported} silos; seal {Describe(refused)}; on order {Describe(newest)} ({Describe(unknown)})");
    }

    private async Task JudgeSealedAsync(Interval interval, BlockId flipped)
    {
        var refused = await SealedOnOrderAsync(interval);
        var verified = await _silos.VerifyAsync(interval).WaitAsync(steps.Stop);
        var reported = _silos.Peers.Count(peer => steps.HasSaid(peer.Id.Value, $"{flipped}"));
        await using var connection = await _silos.ConnectAsync();
        var isAlarm = (await _silos.ConditionsAsync(connection.Grains)).Any(static c => c.Condition.Code == "sealed-interval-damaged");
        var versions = await steps.CertificatesAsync(interval);
        _verdict.Judge(
            "a byte changed in all replicas of a sealed interval is reported, and not certified again",
            refused.ExitCode == 1 && verified.ExitCode == 1 && reported > 0 && isAlarm && versions.Count == 1,
            $"block {flipped}, reported by {reported} silos, alarm {(isAlarm ? "raised" : "NOT raised")}; {versions.Count} version; "
                + $"verify {Describe(verified)}; seal {Describe(refused)}");
    }

    private Task<ProgramRun> SealedOnOrderAsync(Interval interval, params string[] options) => _silos.SealAsync(interval, options).WaitAsync(steps.Stop);

    // As a list of numbers in a sentence.
    private static bool Names(ProgramRun run, BlockId block) => (run.Output + run.Errors).Split(' ', ',', '.').Contains($"{block.Number}");

    private bool IsAsCounted(IntervalCertificate certificate)
    {
        var counted = CountedIntervals.Count(_silos.Peers, certificate.Interval)[certificate.Interval];
        return (certificate.Content.Events, certificate.Content.Root.ToString()) == (counted.Entries.Count, counted.Root);
    }

    private string Counted(Interval interval) => $"{CountedIntervals.Count(_silos.Peers, interval)[interval].Entries.Count} events counted";

    /// <summary>A certificate in a few words.</summary>
    public static string Describe(IntervalCertificate? certificate) =>
        certificate is null ? "none" : $"version {certificate.Version}, {certificate.State}, {certificate.Content.Events} events";

    /// <summary>What a command said, in a line.</summary>
    public static string Describe(ProgramRun run) =>
        $"exit code {run.ExitCode}: {string.Join(" / ", (run.Errors + run.Output).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(static line => !line.StartsWith("peers.keys", StringComparison.Ordinal)).Take(4))}";
}
