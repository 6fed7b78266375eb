using System.CommandLine;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Events;

namespace AllData.Client.Put;

/// <summary><c>alldata put JSON</c> and <c>alldata put --file FILE</c>.</summary>
internal sealed class PutCommand
{
    /// <summary>Names the standard input.</summary>
    public const string StandardInput = "-";

    private readonly Argument<string?> _json = new("JSON")
    {
        Description = "The event, one JSON value; - reads it from the standard input.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _file = new("--file")
    {
        Description = "File with one JSON event per line (UTF-8, plain or gzip); - reads the standard input.",
    };

    private readonly Option<EventKey?> _key = new("--key")
    {
        Description = "Puts under this key: one reserved before, imported, or of a put that failed.",
        CustomParser = KeyParser.Parse<EventKey?>(static key => key),
    };

    private readonly Option<int> _inFlight = new Option<int>("--in-flight")
    {
        Description = "With --file: batches in flight at once.",
        DefaultValueFactory = static _ => 8,
    }.InRange(1, 64);

    private readonly Option<int> _batch = new Option<int>("--batch")
    {
        Description = "With --file: events in a batch, at most.",
        DefaultValueFactory = static _ => 256,
    }.InRange(1, 1_000);

    private readonly Option<string?> _rejects = new("--rejects")
    {
        Description = "With --file: takes the lines of which nothing was written, unchanged. Created only when there are any.",
    };

    private readonly Option<string?> _unknown = new("--unknown")
    {
        Description = "With --file: takes the lines that may be stored, as {\"key\":…,\"event\":…}, to be put again with --keyed. Created only when "
            + "there are any."
            + " Default: with --rejects FILE, FILE.unknown.",
    };

    private readonly Option<bool> _keyed = new("--keyed")
    {
        Description = "With --file: each line is {\"key\":…,\"event\":…} and is put under its key, as --unknown and scan write it. Safe to repeat.",
    };

    private readonly Option<string?> _receipts = new("--receipts")
    {
        Description = "With --file: takes one JSON receipt for each line that was stored.",
    };

    private readonly PutOptionSet _options = new();

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var put = new PutCommand();
        var command = new Command("put", "Stores an event, or every line of a file.") { put._json };
        foreach (var option in new Option[] { put._file, put._key, put._inFlight, put._batch, put._rejects, put._unknown, put._receipts, put._keyed })
        {
            command.Add(option);
        }

        put._options.AddTo(command);
        command.SetGuardedAction(services, global, (parsed, cancellation) => put.RunAsync(services, global, parsed, cancellation));
        return command;
    }

    private Task<int> RunAsync(ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation)
    {
        var (json, file) = (parsed.GetValue(_json), parsed.GetValue(_file));
        Check(parsed, json, file);
        var options = _options.Get(parsed);
        var address = global.GetAddress(parsed, options.Deadline);
        if (json is not null)
        {
            return new PutOneAction(services, address, options, global.IsJson(parsed)).RunAsync(json, parsed.GetValue(_key), cancellation);
        }

        var load = new FileLoadOptions(parsed.GetValue(_inFlight), parsed.GetValue(_batch), parsed.GetValue(_keyed), options.Topic);
        return new FilePut(services, address, options, load, PathsOf(parsed, file!), global.IsJson(parsed)).RunAsync(cancellation);
    }

    private FilePutPaths PathsOf(ParseResult parsed, string file)
    {
        var rejects = parsed.GetValue(_rejects);
        return new FilePutPaths(file, rejects, parsed.GetValue(_unknown) ?? (rejects is null ? null : rejects + ".unknown"), parsed.GetValue(_receipts));
    }

    private void Check(ParseResult parsed, string? json, string? file)
    {
        if (json is null == file is null)
        {
            throw new UsageException("Give either an event (alldata put JSON) or a file of events (alldata put --file FILE).");
        }

        Option[] misplaced = json is null ? [_key] : [_inFlight, _batch, _rejects, _unknown, _receipts, _keyed];
        if (misplaced.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } wrong)
        {
            throw new UsageException($"{wrong.Name} goes with {(json is null ? "a single event" : "--file")} only.");
        }
    }
}
