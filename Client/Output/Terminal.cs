using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Spectre.Console;

namespace AllData.Client.Output;

/// <summary>
/// What a command reads and writes: results on the standard output, what is meant for people beside them on the standard error.
/// </summary>
internal sealed class Terminal : IDisposable
{
    /// <summary>Wider than any line that is written: a file or a pipe has no width to wrap at.</summary>
    private const int Unwrapped = 10_000;

    private readonly Lock _lock = new();
    private readonly TextWriter _text;

    private Terminal(Stream input, Stream output, IAnsiConsole people, bool isInteractive, bool isOutputWatched)
    {
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

    /// <summary>The standard error.</summary>
    public IAnsiConsole People { get; }

    /// <summary>Whether a person watches the standard error.</summary>
    public bool IsInteractive { get; }

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
        !Console.IsOutputRedirected);

    /// <summary>A terminal of streams, which nobody watches.</summary>
    public static Terminal Of(Stream input, Stream output, TextWriter error) =>
        Of(input, output, PlainConsole(error), isInteractive: false);

    /// <summary>A terminal of streams and a console.</summary>
    public static Terminal Of(Stream input, Stream output, IAnsiConsole people, bool isInteractive) =>
        new(input, output, people, isInteractive, isOutputWatched: false);

    /// <summary>Says a line to people.</summary>
    public void Say(string line)
    {
        lock (_lock)
        {
            People.WriteLine(line);
        }
    }

    /// <summary>Writes a line of the result.</summary>
    public void WriteLine(string line) => _text.WriteLine(line);

    /// <summary>Writes a result for machines, as one JSON document on its own line.</summary>
    public void WriteJson<T>(T value)
    {
        Output.Write(JsonSerializer.SerializeToUtf8Bytes(value, JsonOutput.Options));
        Output.WriteByte((byte)'\n');
        Output.Flush();
    }

    /// <summary>Writes bytes of the result as they are, and a line feed.</summary>
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        Output.Write(bytes);
        Output.WriteByte((byte)'\n');
        Output.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => _text.Dispose();

    /// <summary>
    /// The console's own stream takes no notice when the reader of a pipe has gone, so that a scan would go on for nobody. A file is left to
    /// it: another stream would write at a position of its own, over what the standard error has put into the same file.
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
