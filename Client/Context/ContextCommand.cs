using System.CommandLine;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Terminals;

namespace AllData.Client.Context;

/// <summary><c>alldata context</c>: clusters under names of one's own. It connects to none.</summary>
internal static class ContextCommand
{
    private const int MaxNameLength = 63;

    public static Command Create(ClientServices services, GlobalOptions global) => new("context", "Saves clusters under names, so that commands find them.")
    {
        Named(
            "add", "Keeps the cluster of --gateway (and --cluster-id, --service-id, --cert, --cert-key, --ca) under a name, and uses it.", services, global,
            Add(services, global)),
        Named("use", "Makes commands use a cluster that was added.", services, global, (_, name, saved) => Use(services, name, saved)),
        Named("remove", "Forgets a cluster.", services, global, (_, name, saved) => Remove(services, name, saved)),
        CreateList(services, global),
    };

    private static Command Named(
        string verb, string description, ClientServices services, GlobalOptions global, Action<ParseResult, string, SavedContexts> act)
    {
        var name = new Argument<string>("NAME") { Description = "A name of at most 63 letters, digits, '-', '_' and '.'." };
        name.Validators.Add(static result =>
        {
            if (result.Tokens is [var token] && !IsName(token.Value))
            {
                result.AddError($"'{ReadableText.Escape(token.Value)}' is not a name: give at most {MaxNameLength} letters, digits, '-', '_' and '.'.");
            }
        });
        var command = new Command(verb, description) { name };
        command.SetGuardedAction(services, global, (parsed, _) =>
        {
            act(parsed, parsed.GetValue(name)!, SavedContexts.Read(services.Surroundings));
            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }

    private static bool IsName(string text) =>
        text.Length is > 0 and <= MaxNameLength && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static Action<ParseResult, string, SavedContexts> Add(ClientServices services, GlobalOptions global) => (parsed, name, saved) =>
    {
        var address = global.GetNamedAddress(parsed)
            ?? throw new UsageException("Name the cluster's gateways with --gateway HOST:PORT (may be repeated).");
        if (saved.Contexts.Count >= SavedContexts.MaxContexts && !saved.Contexts.ContainsKey(name))
        {
            throw new UsageException($"There are {SavedContexts.MaxContexts} contexts already. Remove one with 'alldata context remove NAME'.");
        }

        saved.Contexts[name] = new SavedContext(
            [.. address.Gateways.Select(static g => g.ToString())], address.ClusterId, address.ServiceId, Whole(address.Tls?.CertificateFile),
            Whole(address.Tls?.KeyFile), Whole(address.Tls?.SiloCaFile));
        (saved with { Used = name }).Write(services.Surroundings);
        services.Terminal.WriteLine($"{name} is {string.Join(", ", address.Gateways)}; commands use it now.");
    };

    // The command may be run in another directory next time.
    private static string? Whole(string? file) => file is { Length: > 0 } ? Path.GetFullPath(file) : null;

    private static void Use(ClientServices services, string name, SavedContexts saved)
    {
        CheckKnown(name, saved);
        (saved with { Used = name }).Write(services.Surroundings);
        services.Terminal.WriteLine($"Commands use {name} now.");
    }

    private static void Remove(ClientServices services, string name, SavedContexts saved)
    {
        CheckKnown(name, saved);
        saved.Contexts.Remove(name);
        (saved with { Used = saved.Used == name ? null : saved.Used }).Write(services.Surroundings);
        services.Terminal.WriteLine($"{name} is removed.");
    }

    private static void CheckKnown(string name, SavedContexts saved)
    {
        if (!saved.Contexts.ContainsKey(name))
        {
            throw new UsageException($"There is no context '{name}'. 'alldata context list' shows those that there are.");
        }
    }

    private static Command CreateList(ClientServices services, GlobalOptions global)
    {
        var list = new Command("list", "Lists the clusters that were added.");
        list.SetGuardedAction(services, global, (parsed, _) =>
        {
            var saved = SavedContexts.Read(services.Surroundings);
            if (global.IsJson(parsed))
            {
                services.Terminal.WriteJson(saved);
                return Task.FromResult(ExitCodes.Done);
            }

            var table = new ResultTable(new("context"), new("used"), new("gateways"), new("cluster id", 2), new("service id", 1));
            foreach (var (name, context) in saved.Contexts)
            {
                table.AddRow(name, name == saved.Used ? "yes" : "", string.Join(", ", context.Gateways), context.ClusterId, context.ServiceId);
            }

            table.Write(services.Terminal);
            return Task.FromResult(ExitCodes.Done);
        });
        return list;
    }
}
