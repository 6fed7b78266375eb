using System.Collections.Concurrent;
using AllData.Configuration;
using AllData.Replication;
using Microsoft.Extensions.Options;

namespace AllData.Coordination;

/// <summary>The silo's batchers: one for each set of terms, nearly always a single one.</summary>
internal sealed class PutBatchers
{
    // Callers choose deadlines, so the number of different terms is unbounded.
    private const int MostBatchers = 64;

    private readonly ConcurrentDictionary<PutTerms, PutBatcher> _batchers = new();
    private readonly AllDataOptions _options;
    private readonly PutTerms _usualTerms;
    private readonly PutBatcher _usualBatcher;
    private readonly Func<PutTerms, PutBatcher> _create;

    public PutBatchers(IOptions<AllDataOptions> options, BlockAssembler blocks, ReplicaPressure pressure, TimeProvider time)
    {
        _options = options.Value;
        _create = terms => new PutBatcher(puts => blocks.PutAsync(puts, terms), LongestWaitOf(terms), pressure, _options.Limits, time);
        _usualTerms = PutTerms.From(new PutOptions(), _options);
        _usualBatcher = _batchers.GetOrAdd(_usualTerms, _create);
    }

    // A put that has waited longer than half of its deadline leaves little of it to the block itself.
    private TimeSpan LongestWaitOf(PutTerms terms) => _options.Deadlines.Queue < terms.Deadline / 2 ? _options.Deadlines.Queue : terms.Deadline / 2;

    /// <summary>The terms of a put.</summary>
    /// <exception cref="Errors.InvalidEventException">The options cannot be met.</exception>
    public PutTerms TermsOf(PutOptions? asked) => asked is null ? _usualTerms : PutTerms.From(asked, _options);

    /// <summary>The batcher of the puts with these terms. Beyond a bound, the put gets a batcher of its own.</summary>
    public PutBatcher For(PutTerms terms) => ReferenceEquals(terms, _usualTerms)
        ? _usualBatcher
        : _batchers.TryGetValue(terms, out var batcher)
            ? batcher
            : _batchers.Count < MostBatchers ? _batchers.GetOrAdd(terms, _create) : _create(terms);
}
