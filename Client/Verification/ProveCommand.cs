using System.CommandLine;
using AllData.Certificates;
using AllData.Client.Certificates;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Terminals;
using AllData.Events;

namespace AllData.Client.Verification;

/// <summary><c>alldata prove KEY</c> and <c>alldata prove --check FILE</c>.</summary>
internal sealed class ProveCommand
{
    private readonly Argument<EventKey?> _key = new("KEY")
    {
        Description = "The event's key.",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = static result => result.Tokens.Count == 0 ? null : KeyParser.Parse(static key => (EventKey?)key)(result),
    };

    private readonly Option<string?> _check = new("--check")
    {
        Description = "A proof to check, without a cluster.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _out = new("--out") { Description = "Where to write the proof. Default: the standard output.", HelpName = "FILE" };

    private readonly Option<string?> _keys = TrustOptions.Keys("Whose signatures count, as verify --keys writes it.");

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var prove = new ProveCommand();
        var command = new Command("prove", "Writes a proof that an event is in the store, or checks one without a cluster.")
        {
            prove._key, prove._check, prove._out, prove._keys,
        };
        command.SetGuardedAction(services, global, (parsed, cancellation) => (parsed.GetValue(prove._key), parsed.GetValue(prove._check)) switch
        {
            ({ } key, null) => prove.ProveAsync(services, global, parsed, key, cancellation),
            (null, { } file) => Task.FromResult(
                Check(services.Terminal, file, TrustFiles.ReadExistingKeys(parsed.GetValue(prove._keys)), global.IsJson(parsed))),
            _ => throw new UsageException("Give the key of an event, or a proof to check: alldata prove KEY, or alldata prove --check FILE."),
        });
        return command;
    }

    private async Task<int> ProveAsync(ClientServices services, GlobalOptions global, ParseResult parsed, EventKey key, CancellationToken cancellation)
    {
        await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
        var log = await new LogReader(cluster).ReadAsync(TrustFiles.ReadExistingKeys(parsed.GetValue(_keys)), known: null, cancellation);
        var proofs = await new EventProver(services, cluster).ProveAsync(log, key, cancellation);
        var text = string.Concat(proofs.Select(static p => p.Text));
        if (parsed.GetValue(_out) is { } path)
        {
            TrustFiles.Write(path, text);
        }
        else
        {
            await services.Terminal.Output.WriteAsync(StrictText.Encode(text, "a proof"), cancellation);
        }

        return ExitCodes.Done;
    }

    private static int Check(Terminal terminal, string file, LogTrust? trust, bool json)
    {
        var results = ProofTexts.Split(ReadFile(file)).Select(text => CheckedProof.Of(text, trust)).ToList();
        if (json)
        {
            terminal.WriteJson(results);
        }
        else
        {
            results.ForEach(result => terminal.WriteLine(result.Sentence));
        }

        if (trust is null && results.TrueForAll(static r => r.Holds))
        {
            terminal.Say("The signatures of the head were not checked: name the peers' keys with --keys.");
        }

        return !results.TrueForAll(static r => r.Holds) ? ExitCodes.Failed : trust is null ? ExitCodes.InDoubt : ExitCodes.Done;
    }

    private static string ReadFile(string file)
    {
        try
        {
            return StrictText.Decode(File.ReadAllBytes(file), "a proof of an event");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{file} cannot be read: {e.Message}");
        }
    }
}
