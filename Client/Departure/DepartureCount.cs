using AllData.Client.Commands;
using AllData.Client.Terminals;
using AllData.Peers;

namespace AllData.Client.Departure;

/// <summary>One count of what a departure would leave, with its progress shown.</summary>
internal static class DepartureCount
{
    public static async Task<DepartureCheck> CountAsync(
        this ClientServices services, PeerId peer, DepartureSurvey survey, CancellationToken cancellation)
    {
        DepartureCheck? last = null;
        var progress = new WorkProgress(
            services.Terminal,
            () => Volatile.Read(ref last) is { } check ? $"{peer}: {DepartureText.Counting(check)}" : $"{peer}: counting copies",
            () => Volatile.Read(ref last) is { MinutesTotal: > 0 } check ? (double)check.MinutesChecked / check.MinutesTotal : 0,
            services.Time);
        await progress.ShowAsync(() => survey.CountAsync(peer, check => Volatile.Write(ref last, check), cancellation));
        return last!;
    }
}
