using System.Collections.Immutable;
using AllData.Federation;
using Microsoft.Extensions.Options;

namespace AllData.Configuration;

/// <summary>The federation document that the silo was started with, if any, and the cluster in it that is the silo's own.</summary>
/// <param name="own">The cluster; null where the silo's cluster is a store of its own.</param>
internal sealed class ConfiguredFederation(FederatedCluster? own)
{
    /// <summary>No document.</summary>
    public static ConfiguredFederation None { get; } = new(null);

    /// <summary>The silo's cluster in the store; null where it is a store of its own.</summary>
    public FederatedCluster? Own { get; } = own;

    /// <summary>Whether the store has other clusters.</summary>
    public bool HasOthers { get; } = own is not null && own.Document.Clusters.Any(c => c.Number != own.Own.Number && !c.IsDropped);

    /// <summary>The store and the ids that its clusters had before; empty where there is no document.</summary>
    public ImmutableArray<Guid> Stores { get; } = own is null ? [] : [own.Document.Store, .. own.Document.Aliases];

    /// <summary>Reads the document that the options name.</summary>
    /// <exception cref="OptionsValidationException">It cannot be used; with a sentence for each reason.</exception>
    public static ConfiguredFederation Load(AllDataOptions options) => Read(options, out var own) is { Count: > 0 } faults
        ? throw new OptionsValidationException(nameof(AllDataOptions.Federation), typeof(FederationOptions), faults)
        : new ConfiguredFederation(own);

    /// <summary>Why the silo cannot be in a store as its options say: a sentence for each reason.</summary>
    public static IReadOnlyList<string> FaultsOf(AllDataOptions options) => Read(options, out _);

    private static IReadOnlyList<string> Read(AllDataOptions options, out FederatedCluster? own)
    {
        own = null;
        var (file, cluster) = (options.Federation.File, options.Federation.Cluster);
        if (file.Length == 0 || cluster.Length == 0)
        {
            return file.Length == cluster.Length ? []
                : [$"AllData:Federation:File is '{file}' and AllData:Federation:Cluster is '{cluster}': give both, or neither where this cluster is a store of "
                    + "its own."];
        }

        try
        {
            return Match(FederationFile.Read(file), options, out own);
        }
        catch (FederationException e)
        {
            return [.. e.Faults.Select(fault => $"AllData:Federation:File is '{file}': {fault}")];
        }
    }

    private static List<string> Match(FederationDocument document, AllDataOptions options, out FederatedCluster? own)
    {
        own = document.Find(options.Federation.Cluster) is { } found ? new FederatedCluster(document, found) : null;
        if (own is null)
        {
            return [$"AllData:Federation:Cluster is '{ReadableText.Escape(options.Federation.Cluster)}', and version {document.Version} of the federation "
                + $"document has {string.Join(", ", document.Clusters)}. Write one of these names."];
        }

        var faults = new List<string>();
        if (own.WhyDropped(options.Peer.Region) is { } dropped)
        {
            faults.Add($"AllData:Peer:Region is '{options.Peer.Region}'. {dropped}");
        }
        else if (!own.Own.Regions.Contains(options.Peer.Region))
        {
            faults.Add($"AllData:Peer:Region is '{options.Peer.Region}', and cluster {own.Own} covers {string.Join(", ", own.Own.Regions)}. Start the silo in "
                + "the cluster of its region, or add the region to the federation document.");
        }

        if (document.IntervalLength != options.IntervalLength)
        {
            faults.Add($"AllData:IntervalLength is {options.IntervalLength}, and version {document.Version} of the federation document has "
                + $"{document.IntervalLength}. There is one length for the whole store: change the option.");
        }

        return faults;
    }
}
