using System.CommandLine;
using AllData.Events;
using AllData.Silo.LocalCluster;

namespace AllData.Silo.Commands;

/// <summary>The options that select a local cluster; the same for all of its processes.</summary>
internal sealed class LayoutOptions
{
    private readonly Option<string?> _data = new("--data")
    {
        Description = $"Directory of the cluster: cluster.db, and a directory for each peer. Default: {LocalClusterLayout.DefaultData}, with --clusters "
            + $"{LocalClusterLayout.DefaultDataOfClusters}.",
        HelpName = "DIR",
    };

    private readonly Option<int> _basePort = new("--base-port")
    {
        Description = "HTTP port of the first peer; the others follow. Silo ports are 100 above, gateways 200 above.",
        HelpName = "N",
        DefaultValueFactory = _ => LocalClusterLayout.DefaultBasePort,
    };

    private readonly Option<int> _peers = new("--peers")
    {
        Description = $"How many peers: the first N of {string.Join(", ", LocalClusterLayout.Names)}.",
        HelpName = "N",
        DefaultValueFactory = _ => LocalClusterLayout.MaxPeers,
    };

    private readonly Option<int> _clusters = new("--clusters")
    {
        Description = $"How many clusters the store has: 1, or {LocalClusterLayout.MaxClusters}, one for each region, of two peers each.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<bool> _secure = new(PeerCommandLine.SecureOption)
    {
        Description = "TLS on all ports and certificates for all callers, made in the directory 'certs' of --data.",
    };

    public void AddTo(Command command)
    {
        _data.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<string?>() is not { Length: > 0 } path || path.Contains('\0', StringComparison.Ordinal))
            {
                result.AddError("--data is not a path: name a directory.");
            }
        });
        AddRange(_basePort, 1, LocalClusterLayout.MaxBasePort);
        AddRange(_peers, 1, LocalClusterLayout.MaxPeers);
        command.Add(_data);
        command.Add(_basePort);
        AddRange(_clusters, 1, LocalClusterLayout.MaxClusters);
        command.Add(_peers);
        command.Add(_clusters);
        command.Add(_secure);
    }

    /// <summary>Why there is no such layout, a sentence; null when there is one. The options are valid each by itself.</summary>
    public string? ComplaintOf(ParseResult result) => LocalClusterLayout.WhyImpossible(
        result.GetRequiredValue(_basePort), result.GetRequiredValue(_peers), result.GetRequiredValue(_clusters));

    /// <summary>The requested layout.</summary>
    public LocalClusterLayout LayoutOf(ParseResult result)
    {
        var clusters = result.GetRequiredValue(_clusters);
        var data = result.GetValue(_data) ?? (clusters == 1 ? LocalClusterLayout.DefaultData : LocalClusterLayout.DefaultDataOfClusters);
        return LocalClusterLayout.Create(data, result.GetRequiredValue(_basePort), result.GetRequiredValue(_peers), clusters, result.GetValue(_secure));
    }

    // Not a validator: it would also be called for text that is not a number.
    private static void AddRange(Option<int> option, int min, int max) => option.CustomParser = result =>
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (WholeNumber.TryParse(text, int.MaxValue, out int value) && value >= min && value <= max)
        {
            return value;
        }

        result.AddError($"{option.Name} is '{text}'; {min} to {max} are possible.");
        return default;
    };
}
