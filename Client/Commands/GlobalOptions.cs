using System.CommandLine;
using AllData.Client.Connection;
using AllData.Security;

namespace AllData.Client.Commands;

/// <summary>The options that every command takes.</summary>
internal sealed class GlobalOptions(ClientSurroundings surroundings)
{
    /// <summary>
    /// Wait for an answer when the command names no deadline: above the silo's put deadline (10 s), so that the store's own, better
    /// informed answer comes first; short, because the answer of a dead gateway is awaited that long.
    /// </summary>
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(15);

    private readonly Option<GatewayAddress[]> _gateways = new("--gateway")
    {
        Description = "Gateway of a silo, HOST:PORT; may be repeated."
            + " Default: those in ALLDATA_GATEWAYS; else those of the context in use; else those of the local cluster,"
            + " 127.0.0.1:8281 to 8286, that answer.",
        CustomParser = static result => [.. result.Tokens.Select(token => ParseGateway(token.Value, result.AddError))],
    };

    private readonly Option<string> _clusterId = new("--cluster-id")
    {
        Description = "Orleans cluster id.",
        DefaultValueFactory = static _ => ClusterAddress.DefaultId,
    };

    private readonly Option<string> _serviceId = new("--service-id")
    {
        Description = "Orleans service id.",
        DefaultValueFactory = static _ => ClusterAddress.DefaultId,
    };

    private readonly Option<string?> _certificate = new("--cert")
    {
        Description = "Certificate that the command identifies itself with, PEM.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _key = new("--cert-key")
    {
        Description = "Its key, PEM. Default: it is in the file of the certificate.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _authorities = new("--ca") { Description = "Authorities whose silos are trusted, PEM.", HelpName = "FILE" };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "Results as JSON on the standard output, and nothing else there.",
    };

    private readonly Option<double> _timeout = new Option<double>("--timeout")
    {
        Description = "Seconds to try to connect.",
        DefaultValueFactory = static _ => 10,
    }.InRange(0.1, 3_600);

    /// <summary>Adds them to the root, for all commands.</summary>
    public void AddTo(RootCommand root)
    {
        foreach (var option in new Option[] { _gateways, _clusterId, _serviceId, _certificate, _key, _authorities, _json, _timeout })
        {
            option.Recursive = true;
            root.Add(option);
        }
    }

    /// <summary>Whether a machine reads the results.</summary>
    public bool IsJson(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>Orleans' cluster id.</summary>
    public string ClusterIdOf(ParseResult parsed) => parsed.GetValue(_clusterId)!;

    /// <summary>The cluster that the command line names.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="deadline">Deadline of the puts that will be made, when the command line gives one.</param>
    /// <exception cref="UsageException">The environment or a context names an invalid gateway.</exception>
    public ClusterAddress GetAddress(ParseResult parsed, TimeSpan? deadline = null) =>
        GetNamedAddress(parsed, deadline) ?? FromEnvironment(parsed, deadline) ?? FromContext(parsed, deadline) ?? Create(parsed, [], deadline);

    /// <summary>The cluster whose gateways the command line names; null when it names none.</summary>
    public ClusterAddress? GetNamedAddress(ParseResult parsed, TimeSpan? deadline = null) =>
        parsed.GetValue(_gateways) is { Length: > 0 } named ? Create(parsed, named, deadline) : null;

    private ClusterAddress? FromEnvironment(ParseResult parsed, TimeSpan? deadline) =>
        surroundings.Variable(ClientSurroundings.GatewaysVariable) is { } text && !string.IsNullOrWhiteSpace(text)
            ? Create(parsed, [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(static g => Parse(g, ClientSurroundings.GatewaysVariable))], deadline)
            : null;

    private ClusterAddress? FromContext(ParseResult parsed, TimeSpan? deadline)
    {
        var saved = SavedContexts.Read(surroundings);
        if (saved.Used is not { } name || !saved.Contexts.TryGetValue(name, out var context))
        {
            return null;
        }

        var address = Create(parsed, [.. context.Gateways.Select(g => Parse(g, $"The context '{name}'"))], deadline);
        return address with
        {
            ClusterId = parsed.GetResult(_clusterId) is { Implicit: false } ? address.ClusterId : context.ClusterId,
            ServiceId = parsed.GetResult(_serviceId) is { Implicit: false } ? address.ServiceId : context.ServiceId,
            Tls = address.Tls ?? TlsOf(context.Certificate, context.Key, context.Authorities, context.ClusterId),
        };
    }

    private static GatewayAddress Parse(string text, string source) => GatewayAddress.TryParse(text, out var gateway)
        ? gateway
        : throw new UsageException($"{source} names '{ReadableText.Escape(text)}', which is not a gateway. Give HOST:PORT, for example 127.0.0.1:8281.");

    private ClusterAddress Create(ParseResult parsed, GatewayAddress[] gateways, TimeSpan? deadline) => new(
        [.. gateways],
        parsed.GetValue(_clusterId)!,
        parsed.GetValue(_serviceId)!,
        TimeSpan.FromSeconds(parsed.GetValue(_timeout)),
        deadline is { } put && put + TimeSpan.FromSeconds(5) > ResponseTimeout ? put + TimeSpan.FromSeconds(5) : ResponseTimeout)
    {
        Tls = TlsOf(parsed.GetValue(_certificate), parsed.GetValue(_key), parsed.GetValue(_authorities), parsed.GetValue(_clusterId)!),
    };

    private static AllDataTlsOptions? TlsOf(string? certificate, string? key, string? authorities, string clusterId) => (certificate, authorities) switch
    {
        (null, null) when key is null => null,
        (not null, not null) => new()
        {
            CertificateFile = certificate,
            KeyFile = key ?? "",
            SiloCaFile = authorities,
            SiloName = $"*.silo.{clusterId}",
        },
        _ => throw new UsageException("--cert and --ca belong together: the first is what the command shows, the second what it trusts."),
    };

    private static GatewayAddress ParseGateway(string text, Action<string> addError)
    {
        if (!GatewayAddress.TryParse(text, out var gateway))
        {
            addError($"'{text}' is not a gateway. Give HOST:PORT, for example 127.0.0.1:8281.");
        }

        return gateway;
    }
}
