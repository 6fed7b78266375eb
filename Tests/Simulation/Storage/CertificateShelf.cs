using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Protocol.Certificates;

namespace AllData.Simulation.Storage;

/// <summary>What a data directory has of the certificate log.</summary>
/// <param name="Texts">The entries.</param>
/// <param name="Head">The newest valid head; null while there is no entry.</param>
/// <param name="Memory">What was signed and refused.</param>
internal sealed record CertificateShelf(ImmutableList<string> Texts, SignedCheckpoint? Head, SigningMemory Memory)
{
    /// <summary>That of a new directory.</summary>
    public static CertificateShelf Empty { get; } = new([], Head: null, SigningMemory.New);
}
