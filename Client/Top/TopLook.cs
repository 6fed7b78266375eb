using System.Collections.Immutable;
using AllData.Peers;
using AllData.Reports;

namespace AllData.Client.Top;

/// <summary>What the registry and the peers said at one moment.</summary>
/// <param name="At">The time.</param>
/// <param name="Views">The registered peers.</param>
/// <param name="Reports">The reports of those that answered.</param>
internal sealed record TopLook(DateTimeOffset At, ImmutableArray<PeerView> Views, IReadOnlyDictionary<PeerId, PeerReport> Reports);
