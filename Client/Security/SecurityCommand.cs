using System.CommandLine;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Security;

namespace AllData.Client.Security;

/// <summary><c>alldata security</c>: makes certificates and API keys. It connects to nothing.</summary>
internal static class SecurityCommand
{
    private const int MaxNames = 1_000;

    /// <summary>Builds the command.</summary>
    public static Command Create(ClientServices services, GlobalOptions global) =>
        new("security", "Makes certificates and API keys.") { CreateInit(services, global), CreateKey(services, global) };

    private static Command CreateInit(ClientServices services, GlobalOptions global)
    {
        var output = new Option<string>("--out")
        {
            Description = "Directory of the files; made if missing, for its owner only.",
            DefaultValueFactory = static _ => "certs",
        };
        var silos = Names("--silos", "Names of the silos (AllData:Peer:Id), with commas between them.");
        var clients = Names(
            "--clients",
            "Client applications, with commas between them, each NAME or NAME:ROLE+ROLE of reader, writer and operator; without roles, reader and writer.");
        var hosts = Names("--hosts", "Further names and addresses by which clients reach the silos over HTTPS, beside localhost and 127.0.0.1.");
        var days = new Option<int>("--days") { Description = "How long certificates of silos and clients are valid.", DefaultValueFactory = static _ => 365 };
        days.CustomParser = static result =>
        {
            if (int.TryParse(result.Tokens[0].Value, out var number) && number is > 0 and <= 3_650)
            {
                return number;
            }

            result.AddError($"--days is '{ReadableText.Escape(result.Tokens[0].Value)}'; 1 to 3650 are possible.");
            return default;
        };
        var init = new Command("init", "Makes an authority of silos and one of clients, and a certificate for each silo and client. What is there stays.")
        {
            output, silos, clients, hosts, days,
        };
        init.SetGuardedAction(services, global, (parsed, _) =>
        {
            var wanted = new WantedCertificates(
                parsed.GetValue(silos) ?? [], [.. (parsed.GetValue(clients) ?? []).Select(ClientOf)],
                ["localhost", "127.0.0.1", .. parsed.GetValue(hosts) ?? []],
                global.ClusterIdOf(parsed), TimeSpan.FromDays(parsed.GetValue(days)));
            if (wanted.Silos.Count + wanted.Clients.Count == 0)
            {
                throw new UsageException("Name silos (--silos north-a,north-b) or clients (--clients app) to make certificates for.");
            }

            var directory = new CertificateDirectory(Path.GetFullPath(parsed.GetValue(output)!), services.Time);
            SecurityOutput.Write(services.Terminal, directory, wanted, Usable(() => directory.Make(wanted)), global.IsJson(parsed));
            return Task.FromResult(ExitCodes.Done);
        });
        return init;
    }

    private static Command CreateKey(ClientServices services, GlobalOptions global)
    {
        var name = new Argument<string>("name") { Description = "The principal that is to have the key." };
        var file = new Option<string>("--principals")
        {
            Description = "The file of those that may use the store (AllData:Security:PrincipalsFile).",
            DefaultValueFactory = static _ => Path.Combine("certs", CertificateDirectory.Principals),
        };
        var roles = new Option<string?>("--roles")
        {
            Description = "Its roles, with + between them, of reader, writer and operator. Default: those that it has.",
        };
        var key = new Command("key", "Makes an API key for requests over HTTP and adds its hash to the file of those that may use the store.")
        {
            name, file, roles,
        };
        key.SetGuardedAction(services, global, (parsed, _) =>
        {
            var client = ClientOf(parsed.GetValue(roles) is { } text ? $"{parsed.GetValue(name)}:{text}" : parsed.GetValue(name)!);
            var made = Usable(() => PrincipalsFile.AddKey(
                Path.GetFullPath(parsed.GetValue(file)!), client.Name, parsed.GetValue(roles) is null ? null : client.Roles));
            SecurityOutput.WriteKey(services.Terminal, client.Name, made, global.IsJson(parsed));
            return Task.FromResult(ExitCodes.Done);
        });
        return key;
    }

    private static WantedClient ClientOf(string text)
    {
        var (name, roles) = text.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? (text[..colon], text[(colon + 1)..]) : (text, "reader+writer");
        var principal = Usable(() => PrincipalsDocument.Of(name, roles.Split('+', StringSplitOptions.TrimEntries)));
        return new WantedClient(principal.Name, principal.Roles);
    }

    private static T Usable<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (FormatException e)
        {
            throw new UsageException(e.Message);
        }
    }

    private static Option<string[]> Names(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            string[] names =
            [
                .. result.Tokens.SelectMany(static token => token.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
            ];
            if (names.Length > MaxNames)
            {
                result.AddError($"{name} has {names.Length} names; {MaxNames} are possible.");
            }

            foreach (var wrong in names.Where(static one => !IsName(one)))
            {
                result.AddError($"{name} has '{ReadableText.Escape(wrong)}'; a name has at most 63 letters, digits, '-', '.', ':', '+' and '_'.");
            }

            return names;
        },
    };

    // They become names of files.
    private static bool IsName(string text) => text.Length is > 0 and <= 63 && char.IsAsciiLetterOrDigit(text[0])
        && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or ':' or '_' or '+')
        && text is not (CertificateDirectory.SiloAuthority or CertificateDirectory.ClientAuthority);
}
