using AllData.Configuration;
using AllData.Federation;

namespace AllData.Membership;

/// <summary>Where a registry takes new ordinals from, and whether it may give one now.</summary>
internal sealed record OrdinalSource
{
    /// <summary>That of a cluster that is a store of its own: all ordinals, at any time.</summary>
    public static OrdinalSource Alone { get; } = new();

    /// <summary>The cluster in its store; null where it is a store of its own.</summary>
    public FederatedCluster? Federation { get; init; }

    /// <summary>Why the registry cannot know yet which ordinals were given; null when it knows.</summary>
    public string? NotHeard { get; init; }

    /// <summary>The time, which is noted with an ordinal that is given: milliseconds since 1970 UTC; 0: it is not noted.</summary>
    public long Now { get; init; }

    /// <summary>The version of the federation document; 0 without one.</summary>
    public int Version => Federation?.Document.Version ?? 0;

    private IEnumerable<OrdinalRange> Ranges => Federation is { } federation ? federation.Own.Ordinals : [OrdinalRange.All];

    /// <summary>Why no new ordinal may be given now: a sentence; null when one may.</summary>
    public string? WhyNotNow(RegistryState state) => Version < state.FederationVersion
        ? $"The registry's silo has {(Version == 0 ? "no federation document" : $"version {Version} of the federation document")}, and version "
            + $"{state.FederationVersion} is in use in this cluster: by another one it could give what is another cluster's. Start every silo with version "
            + $"{state.FederationVersion}."
        : NotHeard;

    /// <summary>Whether another cluster gives an ordinal.</summary>
    public bool IsOthers(int ordinal) => Federation?.IsOthers(ordinal) == true;

    /// <summary>The highest of the ordinals that were seen which this cluster gives; 0 where there is none.</summary>
    public int Highest(SeenOrdinals seen) => Ranges.Select(seen.HighestIn).DefaultIfEmpty().Max();

    /// <summary>The ordinal so many places above another one, among those that this cluster gives; the last of them where there are fewer.</summary>
    /// <param name="ordinal">The ordinal, this cluster's or not; 0 is below all.</param>
    /// <param name="places">How many places, at least one.</param>
    /// <returns>One that is not above it where there is none above it.</returns>
    public int Above(int ordinal, int places)
    {
        var reached = 0;
        foreach (var range in Ranges)
        {
            var first = Math.Max(range.First, ordinal + 1);
            if (first > range.Last)
            {
                reached = Math.Max(reached, range.Last);
                continue;
            }

            if (places <= range.Last - first + 1)
            {
                return first + places - 1;
            }

            (reached, places) = (range.Last, places - (range.Last - first + 1));
        }

        return reached;
    }

    /// <summary>Whether two ids are of one store.</summary>
    public bool IsOneStore(Guid one, Guid other) => Federation is { Document: { } document } && document.Accepts(one) && document.Accepts(other);
}
