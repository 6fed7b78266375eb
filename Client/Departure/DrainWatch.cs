using AllData.Client.Commands;
using AllData.Client.Terminals;
using AllData.Peers;

namespace AllData.Client.Departure;

/// <summary>Repeatedly counts what a draining peer still holds that has too few copies elsewhere, until there is nothing.</summary>
internal sealed class DrainWatch(PeerId peer, DepartureSurvey survey, ClientServices services)
{
    /// <summary>Time between two counts.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Time before the count that confirms that there is nothing: longer than every silo takes to hear of the order, and a put that has chosen the
    /// peer before takes to end.
    /// </summary>
    public static readonly TimeSpan Confirmation = TimeSpan.FromSeconds(15);

    private long _most;
    private volatile string _state = $"{peer}: counting copies";
    private long _left;

    /// <summary>Watches until two counts, one confirming the other, find nothing.</summary>
    /// <returns>The last count.</returns>
    public async Task<DepartureCheck> RunAsync(CancellationToken cancellation)
    {
        DepartureCheck? check = null;
        var progress = new WorkProgress(services.Terminal, () => _state, () => Fraction, services.Time);
        await progress.ShowAsync(async () => check = await WatchAsync(cancellation));
        return check!;
    }

    private double Fraction => _most == 0 ? 0 : 1 - ((double)Interlocked.Read(ref _left) / _most);

    private async Task<DepartureCheck> WatchAsync(CancellationToken cancellation)
    {
        for (var confirmed = 0; ;)
        {
            var check = await survey.CountAsync(peer, ShowFirst, cancellation);
            Show(check);
            confirmed = check.Shortages.IsEmpty ? confirmed + 1 : 0;
            if (confirmed == 2)
            {
                return check;
            }

            await Task.Delay(confirmed == 0 ? Pause : Confirmation, services.Time, cancellation);
        }
    }

    private void ShowFirst(DepartureCheck check)
    {
        if (_most == 0)
        {
            _state = $"{peer}: {DepartureText.Counting(check)}";
        }
    }

    private void Show(DepartureCheck check)
    {
        var left = check.Shortages.Sum(static s => s.Blocks);
        Interlocked.Exchange(ref _left, left);
        _most = Math.Max(_most, left);
        _state = left == 0
            ? $"{peer}: nothing needs a copy elsewhere any more; counting once more to be sure"
            : $"{peer}: {DepartureText.Short(check)} still to be copied elsewhere, the oldest {check.Shortages.Min(static s => s.Oldest)}";
    }
}
