using System.CommandLine;
using AllData.Events;
using AllData.Silo.LocalCluster;

namespace AllData.Silo.Commands;

/// <summary>The options that select a local cluster; the same for all of its processes.</summary>
internal sealed class LayoutOptions
{
    private readonly Option<string> _data = new("--data")
    {
        Description = "Directory of the cluster: cluster.db, and a directory for each peer.",
        HelpName = "DIR",
        DefaultValueFactory = _ => LocalClusterLayout.DefaultData,
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

    public void AddTo(Command command)
    {
        _data.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<string>() is not { Length: > 0 } path || path.Contains('\0', StringComparison.Ordinal))
            {
                result.AddError("--data is not a path: name a directory.");
            }
        });
        AddRange(_basePort, 1, LocalClusterLayout.MaxBasePort);
        AddRange(_peers, 1, LocalClusterLayout.MaxPeers);
        command.Add(_data);
        command.Add(_basePort);
        command.Add(_peers);
    }

    /// <summary>The requested layout.</summary>
    public LocalClusterLayout LayoutOf(ParseResult result) => LocalClusterLayout.Create(
        result.GetRequiredValue(_data), result.GetRequiredValue(_basePort), result.GetRequiredValue(_peers));

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
