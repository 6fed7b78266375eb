using AllData.Federation;

namespace AllData.Client.Federation;

/// <summary>What was found of a document.</summary>
/// <param name="Document">The document; null where it cannot be used.</param>
/// <param name="Faults">All that is wrong with it, or with the one that it is held against.</param>
internal sealed record FederationCheck(FederationDocument? Document, IReadOnlyList<FederationFault> Faults)
{
    /// <summary>Whether a silo would take it.</summary>
    public bool IsUsable => Faults.Count == 0;
}

/// <summary>Something that is wrong.</summary>
/// <param name="File">With which file.</param>
/// <param name="Sentence">What, and the way out.</param>
internal sealed record FederationFault(string File, string Sentence);
