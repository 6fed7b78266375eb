using System.Collections.Immutable;

namespace AllData.Intervals;

/// <summary>A set of numbers that are not negative, kept as runs: ascending, with a gap between two. Equal sets are equal values.</summary>
[Immutable, Alias("AllData.NumberRanges")]
public readonly struct NumberRanges : IEquatable<NumberRanges>
{
    private readonly ImmutableArray<NumberRange> _runs;

    private NumberRanges(ImmutableArray<NumberRange> runs) => _runs = runs;

    /// <summary>No number.</summary>
    public static NumberRanges None => default;

    /// <summary>The runs, ascending.</summary>
    public ImmutableArray<NumberRange> Runs => _runs.IsDefault ? [] : _runs;

    /// <summary>Whether it has no number.</summary>
    public bool IsEmpty => Runs.IsEmpty;

    /// <summary>How many numbers it has.</summary>
    public long Count => Runs.Sum(static run => run.Count);

    /// <summary>These numbers, in any order and as often as one likes.</summary>
    public static NumberRanges Of(params IEnumerable<long> numbers) => Of(numbers.Select(static number => new NumberRange(number, number)));

    /// <summary>The numbers of these runs, which may touch and overlap.</summary>
    /// <exception cref="ArgumentException">One of them is not a run of numbers.</exception>
    public static NumberRanges Of(IEnumerable<NumberRange> runs)
    {
        var joined = new List<NumberRange>();
        foreach (var run in runs.OrderBy(static run => run.First))
        {
            if (!run.IsPossible)
            {
                throw new ArgumentException($"{run.First} to {run.Last} is not a run of numbers.", nameof(runs));
            }

            if (joined.Count > 0 && run.First <= joined[^1].Last + 1)
            {
                joined[^1] = joined[^1] with { Last = Math.Max(joined[^1].Last, run.Last) };
            }
            else
            {
                joined.Add(run);
            }
        }

        return new NumberRanges([.. joined]);
    }

    /// <summary>Reads <c>3,7-9</c>; false when the text is not the one form of a set that has a number.</summary>
    internal static bool TryParse(ReadOnlySpan<char> text, out NumberRanges ranges)
    {
        var runs = new List<NumberRange>();
        ranges = default;
        foreach (var part in text.Split(','))
        {
            if (!NumberRange.TryParse(text[part], out var run))
            {
                return false;
            }

            runs.Add(run);
        }

        ranges = Of(runs);
        return text.SequenceEqual(ranges.ToString());
    }

    /// <summary>Whether a number is in it.</summary>
    public bool Contains(long number)
    {
        var (low, high) = (0, Runs.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (number > Runs[middle].Last)
            {
                low = middle + 1;
            }
            else if (number < Runs[middle].First)
            {
                high = middle - 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The numbers of both.</summary>
    public NumberRanges Union(NumberRanges other) => other.IsEmpty ? this : IsEmpty ? other : Of(Runs.Concat(other.Runs));

    /// <summary>Its numbers that are not in the other.</summary>
    public NumberRanges Except(NumberRanges other)
    {
        var left = ImmutableArray.CreateBuilder<NumberRange>();
        var next = 0;
        foreach (var run in Runs)
        {
            var first = run.First;
            for (; next < other.Runs.Length && other.Runs[next].First <= run.Last; next++)
            {
                var taken = other.Runs[next];
                if (taken.First > first)
                {
                    left.Add(new NumberRange(first, taken.First - 1));
                }

                first = Math.Max(first, taken.Last + 1);
                if (taken.Last > run.Last)
                {
                    // It may reach into the next run, too.
                    break;
                }
            }

            if (first <= run.Last)
            {
                left.Add(new NumberRange(first, run.Last));
            }
        }

        return new NumberRanges(left.ToImmutable());
    }

    /// <summary>Its numbers that are in the other, too.</summary>
    public NumberRanges Intersect(NumberRanges other) => Except(Except(other));

    /// <inheritdoc/>
    public bool Equals(NumberRanges other) => Runs.AsSpan().SequenceEqual(other.Runs.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is NumberRanges other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Runs.Aggregate(0, static (hash, run) => HashCode.Combine(hash, run));

    /// <summary>Runs and single numbers, ascending: <c>3,7-9</c>. Empty where it has no number.</summary>
    public override string ToString() => string.Join(',', Runs);

    /// <summary>Whether both have the same numbers.</summary>
    public static bool operator ==(NumberRanges left, NumberRanges right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(NumberRanges left, NumberRanges right) => !left.Equals(right);
}
