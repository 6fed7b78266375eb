using Spectre.Console;

namespace AllData.Client.Terminals;

/// <summary>
/// Shows work in progress on the standard error: a bar (or, where the end is not known, a spinner) where a person watches, otherwise a line now
/// and then, when it says something new.
/// </summary>
/// <param name="terminal">Where to show it.</param>
/// <param name="describe">What to say; called from another thread than the work's.</param>
/// <param name="fraction">How much is done, 0 to 1; null: the end is not known.</param>
/// <param name="time">The clock.</param>
internal sealed class WorkProgress(Terminal terminal, Func<string> describe, Func<double>? fraction, TimeProvider time)
{
    /// <summary>Usual time between two lines.</summary>
    public static readonly TimeSpan LinePeriod = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan BarPeriod = TimeSpan.FromMilliseconds(200);

    /// <summary>Time between two lines if the output is not a terminal. Default: <see cref="LinePeriod"/>.</summary>
    public TimeSpan Period { get; init; } = LinePeriod;

    /// <summary>Shows it until the work has ended, and passes on how it ended.</summary>
    public Task ShowAsync(Func<Task> work) => terminal.IsInteractive ? ShowBarAsync(work) : ShowLinesAsync(work());

    private async Task ShowLinesAsync(Task work)
    {
        using var timer = new PeriodicTimer(Period, time);
        var said = "";
        await UpdateAsync(timer, work, () =>
        {
            // What has not changed since the last line is no news.
            if (describe() is var text && text != said)
            {
                terminal.Say(said = text);
            }
        });
    }

    private Task ShowBarAsync(Func<Task> work) => terminal.People.Progress()
        .AutoClear(true)
        .Columns(Columns())
        .StartAsync(async context =>
        {
            var bar = context.AddTask(Escaped(), maxValue: 1);
            bar.IsIndeterminate = fraction is null;
            using var timer = new PeriodicTimer(BarPeriod, time);
            await UpdateAsync(timer, work(), () =>
            {
                bar.Description = Escaped();
                bar.Value = fraction?.Invoke() ?? 0;
            });
        });

    private string Escaped() => Markup.Escape(describe());

    private ProgressColumn[] Columns()
    {
        var description = new TaskDescriptionColumn { Alignment = Justify.Left };
        return fraction is null
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
}
