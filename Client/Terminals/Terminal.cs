using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Spectre.Console;

namespace AllData.Client.Terminals;

/// <summary>
/// What a command reads and writes: results on the standard output, messages for people on the standard error.
/// </summary>
internal sealed class Terminal : IDisposable
{
    /// <summary>Wider than any line that is written: a file or a pipe has no width to wrap at.</summary>
    public const int Unwrapped = 10_000;

    private readonly Lock _lock = new();
    private readonly TextWriter _text;

    private Terminal(Stream input, Stream output, IAnsiConsole people, bool isInteractive, bool isOutputWatched, int width = Unwrapped)
    {
        Width = width;
        (Input, Output, People, IsInteractive, IsOutputWatched) = (input, output, people, isInteractive, isOutputWatched);
        _text = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { AutoFlush = true };
        Results = PlainConsole(_text);
    }

    /// <summary>The standard input, as bytes.</summary>
    public Stream Input { get; }

    /// <summary>The standard output, as bytes.</summary>
    public Stream Output { get; }

    /// <summary>The standard output, for tables.</summary>
    public IAnsiConsole Results { get; }

    /// <summary>Where lines of JSON go: the standard output, or, where a person watches it, a way to it on which control characters are escaped.</summary>
    public Stream JsonLines => IsOutputWatched ? new ReadableStream(Output) : Output;

    /// <summary>The columns of the standard output's terminal; <see cref="Unwrapped"/> if it is not one.</summary>
    public int Width { get; }

    /// <summary>The lines of the standard output's terminal; as many as there may be if it is not one.</summary>
    public int Height { get; init; } = int.MaxValue;

    public IAnsiConsole People { get; }

    /// <summary>Whether a person watches the standard error.</summary>
    public bool IsInteractive { get; }

    /// <summary>Takes a key that was pressed, without waiting: null if there is no such key. Null where no person has the keyboard.</summary>
    public Func<char?>? Key { get; init; }

    /// <summary>Whether a person watches the standard output.</summary>
    public bool IsOutputWatched { get; }

    /// <summary>The terminal of this process.</summary>
    public static Terminal OfProcess() => new(
        Console.OpenStandardInput(),
        OpenOutput(),
        Console.IsErrorRedirected
            ? PlainConsole(Console.Error)
            : AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }),
        !Console.IsErrorRedirected,
        !Console.IsOutputRedirected,
        WidthOfOutput())
    {
        Height = !Console.IsOutputRedirected && Console.WindowHeight is > 0 and var height ? height : int.MaxValue,
        Key = Console.IsInputRedirected ? null : static () => Console.KeyAvailable ? Console.ReadKey(intercept: true).KeyChar : null,
    };

    /// <summary>A terminal over streams, for output that is not shown to a person.</summary>
    public static Terminal Of(Stream input, Stream output, TextWriter error) =>
        Of(input, output, PlainConsole(error), isInteractive: false);

    /// <summary>A terminal of streams, whose output a person watches in so many columns, with that person's keys.</summary>
    public static Terminal Watched(Stream input, Stream output, TextWriter error, int width, Func<char?>? key = null) =>
        new(input, output, PlainConsole(error), isInteractive: false, isOutputWatched: true, width) { Key = key };

    /// <summary>A terminal of streams and a console.</summary>
    public static Terminal Of(Stream input, Stream output, IAnsiConsole people, bool isInteractive) =>
        new(input, output, people, isInteractive, isOutputWatched: false);

    /// <summary>Says something to people; what would steer their terminal is escaped.</summary>
    public void Say(string line)
    {
        var readable = ReadableText.Escape(line);
        lock (_lock)
        {
            People.WriteLine(readable);
        }
    }

    /// <summary>Writes a line of the result for people; what would steer their terminal is escaped.</summary>
    public void WriteLine(string line) => _text.WriteLine(ReadableText.Escape(line));

    /// <summary>Writes a result for machines, as one JSON document on its own line.</summary>
    public void WriteJson<T>(T value)
    {
        if (IsOutputWatched)
        {
            // In JSON such an escape means the character itself: the screen is safe, and a copy from it is right.
            WriteLine(JsonSerializer.Serialize(value, JsonOutput.Options));
            return;
        }

        Output.Write(JsonSerializer.SerializeToUtf8Bytes(value, JsonOutput.Options));
        Output.WriteByte((byte)'\n');
        Output.Flush();
    }

    /// <summary>
    /// Writes bytes of the result, and a line feed: unchanged to a file or a pipe, or on request; to a terminal as text whose control characters are
    /// escaped.
    /// </summary>
    public void WriteBytes(ReadOnlySpan<byte> bytes, bool isRaw)
    {
        if (IsOutputWatched && !isRaw)
        {
            _text.WriteLine(ReadableText.EscapeLines(Encoding.UTF8.GetString(bytes)));
            return;
        }

        Output.Write(bytes);
        Output.WriteByte((byte)'\n');
        Output.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => _text.Dispose();

    /// <summary>
    /// The console's own stream does not notice when the reader of a pipe has gone, so a scan would go on without a reader. A file is left to it:
    /// another stream would write at its own position, over what the standard error has put into the same file.
    /// </summary>
    private static Stream OpenOutput()
    {
        if (OperatingSystem.IsWindows())
        {
            return Console.OpenStandardOutput();
        }

        var pipe = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return pipe.CanSeek ? Console.OpenStandardOutput() : pipe;
    }

    // Some terminals say that they have no columns.
    private static int WidthOfOutput() => !Console.IsOutputRedirected && Console.WindowWidth is > 0 and var width ? width : Unwrapped;

    private static IAnsiConsole PlainConsole(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = Unwrapped;
        return console;
    }
}
