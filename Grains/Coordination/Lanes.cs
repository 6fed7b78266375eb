using System.Collections.Concurrent;
using AllData.Configuration;
using AllData.Protocol;
using AllData.Replication;
using Microsoft.Extensions.Options;

namespace AllData.Coordination;

/// <summary>The silo's lanes: one for each set of terms that puts ask for, nearly always a single one.</summary>
internal sealed class Lanes
{
    // Deadlines are the callers' to choose, so that there is no end to sets of terms.
    private const int MostLanes = 64;

    private readonly ConcurrentDictionary<PutTerms, Lane> _lanes = new();
    private readonly AllDataOptions _options;
    private readonly PutTerms _usualTerms;
    private readonly Lane _usualLane;
    private readonly Func<PutTerms, Lane> _create;

    public Lanes(IOptions<AllDataOptions> options, LaneBlocks blocks, ReplicaPressure pressure, TimeProvider time)
    {
        _options = options.Value;
        _create = terms => new Lane(puts => blocks.PutAsync(puts, terms), LongestWaitOf(terms), pressure, _options.Limits, time);
        _usualTerms = PutTerms.From(new PutOptions(), _options);
        _usualLane = _lanes.GetOrAdd(_usualTerms, _create);
    }

    // Who waits for longer than half of the deadline has little left of it for the block itself.
    private TimeSpan LongestWaitOf(PutTerms terms) => _options.Deadlines.Queue < terms.Deadline / 2 ? _options.Deadlines.Queue : terms.Deadline / 2;

    /// <summary>The terms of a put.</summary>
    /// <exception cref="Errors.InvalidEventException">The options ask for something that cannot be.</exception>
    public PutTerms TermsOf(PutOptions? asked) => asked is null ? _usualTerms : PutTerms.From(asked, _options);

    /// <summary>The lane of the puts with these terms. Beyond a bound there is a lane for the one put.</summary>
    public Lane For(PutTerms terms) => ReferenceEquals(terms, _usualTerms)
        ? _usualLane
        : _lanes.TryGetValue(terms, out var lane)
            ? lane
            : _lanes.Count < MostLanes ? _lanes.GetOrAdd(terms, _create) : _create(terms);
}
