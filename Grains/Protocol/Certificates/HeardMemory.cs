using System.Collections.Immutable;
using AllData.Certificates;

namespace AllData.Protocol.Certificates;

/// <summary>What another peer has said of the heads that it has signed and refused.</summary>
/// <param name="Size">The size of its log, all of whose entries are under a valid head.</param>
/// <param name="Signed">Texts of the entries behind its log whose heads it has signed.</param>
/// <param name="Refused">Roots of the heads of the size behind its log that it has promised never to sign.</param>
internal sealed record HeardMemory(long Size, ImmutableArray<string> Signed, ImmutableArray<TreeHash> Refused);
