using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using AllData.Events;

namespace AllData.Federation;

/// <summary>
/// Ordinals that a data directory or a registry has seen given. Each tells the others what it has seen, and what several have seen is put together in any
/// order and as often as one likes: nothing that was seen once is forgotten. A registry issues above the highest of each of its ranges.
/// </summary>
public sealed class SeenOrdinals : IEquatable<SeenOrdinals>
{
    private const int MaxTextLength = 64 << 10;

    // Ascending, and with a gap between two.
    private readonly ImmutableArray<OrdinalRange> _runs;

    private SeenOrdinals(ImmutableArray<OrdinalRange> runs) => _runs = runs;

    /// <summary>No ordinal was seen.</summary>
    public static SeenOrdinals None { get; } = new([]);

    /// <summary>The highest of all; 0 where none was seen.</summary>
    public int Highest => _runs.IsEmpty ? 0 : _runs[^1].Last;

    /// <summary>These ordinals; what is no ordinal is left out.</summary>
    public static SeenOrdinals Of(IEnumerable<int> ordinals) =>
        Join(ordinals.Where(OrdinalRange.All.Contains).Select(static ordinal => new OrdinalRange(ordinal, ordinal)));

    /// <summary>The text of <see cref="ToString"/>; false when it is none.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out SeenOrdinals? seen)
    {
        seen = null;
        if (text is null || text.Length > MaxTextLength)
        {
            return false;
        }

        var runs = new List<OrdinalRange>();
        foreach (var part in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            if (!IsOrdinal(dash < 0 ? part : part[..dash], out var first) || !IsOrdinal(dash < 0 ? part : part[(dash + 1)..], out var last) || last < first)
            {
                return false;
            }

            runs.Add(new OrdinalRange(first, last));
        }

        seen = Join(runs);
        return true;
    }

    /// <summary>What the two have seen together.</summary>
    public SeenOrdinals Merge(SeenOrdinals other) => other._runs.IsEmpty ? this : _runs.IsEmpty ? other : Join(_runs.Concat(other._runs));

    /// <summary>Whether an ordinal was seen.</summary>
    public bool Contains(int ordinal) => _runs.Any(run => run.Contains(ordinal));

    /// <summary>The highest ordinal of a range that was seen; 0 where none was.</summary>
    public int HighestIn(OrdinalRange range) =>
        _runs.Where(range.Overlaps).Select(run => Math.Min(run.Last, range.Last)).DefaultIfEmpty().Max();

    /// <inheritdoc/>
    public bool Equals(SeenOrdinals? other) => other is not null && _runs.AsSpan().SequenceEqual(other._runs.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SeenOrdinals);

    /// <inheritdoc/>
    public override int GetHashCode() => _runs.Aggregate(0, static (hash, run) => HashCode.Combine(hash, run));

    /// <summary>Runs and single ordinals, ascending, with blanks between them: <c>1-7 600</c>.</summary>
    public override string ToString() => string.Join(' ', _runs.Select(static run => run.First == run.Last ? $"{run.First}" : $"{run}"));

    private static bool IsOrdinal(string text, out int ordinal) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ordinal) && OrdinalRange.All.Contains(ordinal);

    private static SeenOrdinals Join(IEnumerable<OrdinalRange> runs)
    {
        var joined = ImmutableArray.CreateBuilder<OrdinalRange>();
        foreach (var run in runs.OrderBy(static run => run.First))
        {
            if (joined.Count > 0 && run.First <= joined[^1].Last + 1)
            {
                joined[^1] = joined[^1] with { Last = Math.Max(joined[^1].Last, run.Last) };
            }
            else
            {
                joined.Add(run);
            }
        }

        return new SeenOrdinals(joined.ToImmutable());
    }
}
