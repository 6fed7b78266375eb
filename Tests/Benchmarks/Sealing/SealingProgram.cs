using AllData.Silo.Commands;

namespace AllData.Benchmarks;

/// <summary>Certificates of intervals, with real processes: under faults, where something was done to the files, and what they cost.</summary>
internal static class SealingProgram
{
    /// <summary>Runs one of the parts; 1 when a certificate is wrong, or something was not shown that must be.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        using var log = RunLog.Open(args);
        using var signals = new StopSignals();
        try
        {
            return args switch
            {
                ["damage", ..] => await SealingDamage.RunAsync(log, signals.Token),
                ["cost", ..] => await SealingCost.RunAsync(log, args, signals.Token),
                _ => await SealingChaos.RunAsync(log, args, signals.Token),
            };
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            log.Say("stopped; the silos were ended");
            return 130;
        }
    }
}
