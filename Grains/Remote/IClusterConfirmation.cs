using System.Collections.Immutable;
using AllData.Federation;

namespace AllData.Remote;

/// <summary>
/// Asks the other clusters of the store which peers they have at present. A peer that joined one of them a moment ago may have acknowledged an event: a silo
/// that has not heard of it yet would call a read complete.
/// </summary>
internal interface IClusterConfirmation
{
    /// <summary>Asks each at once, and takes over what they say. Ends by itself, within seconds.</summary>
    /// <returns>Those that may have peers that are not known here: cut off, silent, or without an answer of their registry.</returns>
    Task<ImmutableArray<FederationCluster>> FindUnconfirmedAsync();
}
