using System.Text;
using AllData.Client.Terminals;

namespace AllData.Client.Top;

/// <summary>Draws frames over one another on a terminal, and gives the screen back at the end.</summary>
internal sealed class TopView : IDisposable
{
    // The other screen, without a cursor; and back.
    private const string Enter = "\e[?1049h\e[?25l";
    private const string Leave = "\e[?25h\e[?1049l";
    private const string Home = "\e[H";
    private const string ClearLine = "\e[K";
    private const string ClearRest = "\e[J";

    private static readonly TimeSpan KeyPeriod = TimeSpan.FromMilliseconds(100);

    private readonly Terminal _terminal;

    /// <summary>Takes the screen.</summary>
    public TopView(Terminal terminal)
    {
        _terminal = terminal;
        Send(Enter);
    }

    /// <summary>Draws a frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="failure">What has failed since; null when nothing has.</param>
    public void Show(TopFrame frame, string? failure)
    {
        // One line is the last, and one stays free: a full screen would scroll.
        var lines = TopScreen.Lines(frame, _terminal.Width).Take(_terminal.Height - 2).Append(failure is null ? "q ends it." : ReadableText.Escape(failure));
        Send(Home + string.Concat(lines.Select(static line => $"{line}{ClearLine}\r\n")) + ClearRest);
    }

    /// <summary>Cancels when q is pressed; ends when it is cancelled.</summary>
    public async Task WaitForEndAsync(TimeProvider time, CancellationTokenSource end)
    {
        try
        {
            while (_terminal.Key?.Invoke() is not ('q' or 'Q'))
            {
                await Task.Delay(KeyPeriod, time, end.Token);
            }

            await end.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // It was ended otherwise.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Send(Leave);

    private void Send(string text)
    {
        _terminal.Output.Write(Encoding.UTF8.GetBytes(text));
        _terminal.Output.Flush();
    }
}
