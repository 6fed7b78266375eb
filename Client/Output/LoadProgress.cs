using AllData.Client.Loading;
using Spectre.Console;

namespace AllData.Client.Output;

/// <summary>
/// Shows a load under way on the standard error: a bar where a person watches, otherwise a line now and then.
/// </summary>
/// <param name="terminal">Where to show it.</param>
/// <param name="tally">The counts.</param>
/// <param name="bytesRead">Bytes read so far.</param>
/// <param name="totalBytes">Bytes of the file; null when it is a pipe.</param>
/// <param name="time">The clock.</param>
internal sealed class LoadProgress(Terminal terminal, LoadTally tally, Func<long> bytesRead, long? totalBytes, TimeProvider time)
{
    /// <summary>Time between two lines where nobody watches.</summary>
    public static readonly TimeSpan LinePeriod = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan BarPeriod = TimeSpan.FromMilliseconds(200);

    private readonly long _started = time.GetTimestamp();

    /// <summary>Shows it until the work has ended, and passes on how it ended.</summary>
    public Task ShowAsync(Func<Task> work) => terminal.IsInteractive ? ShowBarAsync(work) : ShowLinesAsync(work());

    private async Task ShowLinesAsync(Task work)
    {
        using var timer = new PeriodicTimer(LinePeriod, time);
        await UpdateAsync(timer, work, () => terminal.Say(Describe()));
    }

    private Task ShowBarAsync(Func<Task> work) => terminal.People.Progress()
        .AutoClear(true)
        .Columns(Columns())
        .StartAsync(async context =>
        {
            var bar = context.AddTask(Describe(), maxValue: Math.Max(totalBytes ?? 1, 1));
            bar.IsIndeterminate = totalBytes is null;
            using var timer = new PeriodicTimer(BarPeriod, time);
            await UpdateAsync(timer, work(), () =>
            {
                bar.Description = Describe();
                bar.Value = totalBytes is null ? 0 : bytesRead();
            });
        });

    private ProgressColumn[] Columns()
    {
        var description = new TaskDescriptionColumn { Alignment = Justify.Left };
        return totalBytes is null
            ? [new SpinnerColumn(), description]
            : [new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), description];
    }

    private static async Task UpdateAsync(PeriodicTimer timer, Task work, Action update)
    {
        while (await Task.WhenAny(work, timer.WaitForNextTickAsync().AsTask()) != work)
        {
            update();
        }

        await work;
    }

    private string Describe()
    {
        var counts = tally.Counts;
        var seconds = Math.Max(time.GetElapsedTime(_started).TotalSeconds, 0.001);
        double? fraction = totalBytes is > 0 ? (double)bytesRead() / totalBytes.Value : null;
        return LoadOutput.Describe(counts, counts.Acknowledged / seconds, terminal.IsInteractive ? null : fraction);
    }
}
