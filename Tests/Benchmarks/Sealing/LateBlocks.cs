using AllData.Certificates;
using AllData.Events;
using AllData.Replication;

namespace AllData.Benchmarks;

/// <summary>A peer that alone has acknowledged events is away for two intervals, which are certified without it; then it comes back.</summary>
internal sealed class LateBlocks(SealingSteps steps)
{
    private const int Events = 30;
    private const int Late = 5;

    private readonly SealedSilos _silos = steps.Silos;
    private readonly SealingVerdict _verdict = steps.Verdict;

    /// <summary>Runs it.</summary>
    public async Task RunAsync()
    {
        var names = _silos.Peers.Select(static p => p.Id.Value).ToList();
        var (away, others) = (names[^1], names[..^1]);
        var (interval, keys) = await steps.FillAsync(Events);
        await steps.KillAsync(others);
        var late = await steps.PutAsync([_silos.Peers[^1]], Late, CommitLevel.One);
        await steps.KillAsync(away);
        await steps.StartAsync(others);
        var (next, _) = await steps.FillAsync(Events, CommitLevel.Quorum);
        steps.Pass(next);

        var isSealed = await steps.IsSealedAsync(interval);
        await steps.UntilAsync(async () => (await _silos.SealAsync(interval, "--even-unknown")).ExitCode == 0);
        await steps.UntilAsync(async () => (await _silos.SealAsync(next, "--even-unknown")).ExitCode == 0);
        var first = (await steps.CertificatesAsync(interval)).LastOrDefault();
        var isFirst = late.TrueForAll(interval.Contains) && !isSealed
            && first is { Version: 1, State: CertificateState.Unknown } && first.Doubts.Any(doubt => doubt.Peer.Value == away);
        _verdict.Judge($"while {away} is away its intervals are certified on order only, and as unknown", isFirst, SealingDamage.Describe(first));
        var isProven = await ProveAsync(keys[0], "first.proof");

        await steps.StartAsync(away);
        var second = await steps.SealsAsync(interval, static c => c is { Version: 2, State: CertificateState.Complete });
        var counted = CountedIntervals.Count(_silos.Peers, interval)[interval];
        await using var connection = await _silos.ConnectAsync();
        var isAlarm = (await _silos.ConditionsAsync(connection.Grains)).Any(static c => c.Condition.Code == "late-blocks-in-sealed-interval");
        _verdict.Judge(
            "late blocks give version 2 and an alarm",
            isAlarm && second is not null && second.Content.Events == first?.Content.Events + Late && second.Content.Root.ToString() == counted.Root,
            $"{SealingDamage.Describe(second)}; {counted.Entries.Count} counted; alarm {(isAlarm ? "raised" : "NOT raised")}");

        var read = await _silos.TellAsync("get", $"{late[0]}").WaitAsync(steps.Stop);
        _verdict.Judge("a late event is readable", read.ExitCode == 0, SealingDamage.Describe(read));
        isProven &= await ProveAsync(keys[0], "second.proof") & await ProveAsync(late[0], "late.proof");
        var checks = new List<string>();
        foreach (var proof in new[] { "first.proof", "second.proof", "late.proof" })
        {
            var check = await _silos.TellAsync("prove", "--check", proof, "--keys", "peers.keys").WaitAsync(steps.Stop);
            isProven &= check.ExitCode == 0;
            checks.Add($"{proof} {SealingDamage.Describe(check)}");
        }

        _verdict.Judge("both versions are provable, the first by the proof of then", isProven, string.Join("; ", checks));
        Notice(await steps.SealsAsync(next, static c => c.State == CertificateState.Complete));
    }

    private void Notice(IntervalCertificate? next) =>
        _verdict.Judge("the other interval of its absence is complete, too", next is not null, SealingDamage.Describe(next));

    private async Task<bool> ProveAsync(EventKey key, string file) =>
        (await _silos.TellAsync("prove", $"{key}", "--out", file, "--keys", "peers.keys").WaitAsync(steps.Stop)).ExitCode == 0;
}
