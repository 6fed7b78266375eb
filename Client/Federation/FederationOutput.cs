using AllData.Client.Terminals;
using AllData.Federation;
using AllData.Peers;

namespace AllData.Client.Federation;

/// <summary>A checked document for machines.</summary>
/// <param name="Usable">Whether a silo would take it.</param>
/// <param name="Faults">All that is wrong.</param>
internal sealed record FederationCheckJson(bool Usable, IReadOnlyList<FederationFault> Faults)
{
    /// <summary>The store; missing, as all that follows, where the document cannot be read.</summary>
    public Guid? Store { get; init; }

    /// <summary>The version.</summary>
    public int? Version { get; init; }

    /// <summary>The clusters.</summary>
    public IReadOnlyList<FederationClusterJson>? Clusters { get; init; }

    /// <summary>Shapes a result.</summary>
    public static FederationCheckJson Of(FederationCheck check) => new(check.IsUsable, check.Faults)
    {
        Store = check.Document?.Store,
        Version = check.Document?.Version,
        Clusters = check.Document?.Clusters.Select(static c => new FederationClusterJson(
            c.Number, c.Name, c.Regions, c.Peers, [.. c.Ordinals.Select(static r => r.ToString())], FederationOutput.TrustOf(c))
        {
            Dropped = c.Dropped.IsEmpty ? null : c.Dropped,
        }).ToList(),
    };
}

/// <summary>A cluster of the document, with what it is given by default.</summary>
internal sealed record FederationClusterJson(
    int Number, string Name, IReadOnlyList<string> Regions, IReadOnlyList<string> Peers, IReadOnlyList<string> Ordinals, string Trust)
{
    /// <summary>Regions that it covered and that were dropped; left out where there are none.</summary>
    public IReadOnlyList<DroppedRegion>? Dropped { get; init; }
}

/// <summary>Writes what was found of a document.</summary>
internal static class FederationOutput
{
    /// <summary>Writes it for people or for a machine.</summary>
    public static void Write(Terminal terminal, FederationCheck check, bool json)
    {
        if (json)
        {
            terminal.WriteJson(FederationCheckJson.Of(check));
            return;
        }

        foreach (var fault in check.Faults)
        {
            terminal.WriteLine($"{fault.File}: {fault.Sentence}");
        }

        if (check is { IsUsable: true, Document: { } document })
        {
            Write(terminal, document);
        }
        else
        {
            terminal.Say($"The document cannot be used: {check.Faults.Count} {(check.Faults.Count == 1 ? "fault" : "faults")}.");
        }
    }

    /// <summary>By what the silos of a cluster are known.</summary>
    public static string TrustOf(FederationCluster cluster) => string.Join(", ", new[]
    {
        cluster.Authority is null ? "" : "authority",
        cluster.AuthorityFile is { } file ? $"authority in {file}" : "",
        cluster.Thumbprints.Length switch { 0 => "", 1 => "1 thumbprint", var several => $"{several} thumbprints" },
    }.Where(static part => part.Length > 0));

    private static void Write(Terminal terminal, FederationDocument document)
    {
        var table = new ResultTable(new("cluster"), new("number"), new("regions"), new("ordinals"), new("peers", 2), new("trust", 1));
        foreach (var cluster in document.Clusters)
        {
            table.AddRow(
                cluster.Name,
                $"{cluster.Number}",
                string.Join(", ", cluster.Regions.Concat(cluster.Dropped.Select(static d => $"{d.Region} (dropped)"))),
                string.Join(", ", cluster.Ordinals),
                string.Join(", ", cluster.Peers), TrustOf(cluster));
        }

        table.Write(terminal);
        terminal.WriteLine($"Version {document.Version} of store {document.Store} can be used.");
    }
}
