using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace AllData.Replication;

/// <summary>
/// A set of block numbers, none of them negative, as runs: dense numbers are one run, however many they are. Sets with the same numbers are equal.
/// </summary>
[Immutable]
public sealed class NumberRanges : IEquatable<NumberRanges>
{
    private NumberRanges(ImmutableArray<NumberRange> runs) => Runs = runs;

    /// <summary>No number.</summary>
    public static NumberRanges None { get; } = new([]);

    /// <summary>The runs, ascending, with a gap between two.</summary>
    public ImmutableArray<NumberRange> Runs { get; }

    /// <summary>Whether there is no number.</summary>
    public bool IsEmpty => Runs.IsEmpty;

    /// <summary>How many numbers.</summary>
    public long Count => Runs.Sum(static run => run.Count);

    /// <summary>The first number beyond all of them: 0 where there are none.</summary>
    public long End => Runs.IsEmpty ? 0 : Runs[^1].Last + 1;

    /// <summary>These numbers, in any order; what is negative is left out.</summary>
    public static NumberRanges Of(IEnumerable<long> numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        return Of(numbers.Select(static number => new NumberRange(number, number)));
    }

    /// <summary>The numbers of these runs, in any order, overlapping or not; what is negative or ends before it begins is left out.</summary>
    public static NumberRanges Of(IEnumerable<NumberRange> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        return Join(runs.Where(static run => run.First >= 0 && run.Last >= run.First).OrderBy(static run => run.First));
    }

    /// <summary>The numbers from one on and below another; none where the second is not larger.</summary>
    public static NumberRanges Between(long first, long end) => end > first ? new([new(Math.Max(first, 0), end - 1)]) : None;

    /// <summary>The text of <see cref="ToString"/> in its only form; false when it is none.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out NumberRanges? ranges)
    {
        ranges = null;
        if (text is null)
        {
            return false;
        }

        var runs = new List<NumberRange>();
        foreach (var part in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            if (!TryParseNumber(dash < 0 ? part : part[..dash], out var first) || !TryParseNumber(dash < 0 ? part : part[(dash + 1)..], out var last))
            {
                return false;
            }

            runs.Add(new NumberRange(first, last));
        }

        // One text for each set: what is written otherwise is not ours.
        var parsed = Of(runs);
        ranges = parsed.ToString() == text ? parsed : null;
        return ranges is not null;
    }

    /// <summary>Whether a number is one of them.</summary>
    public bool Contains(long number)
    {
        var (low, high) = (0, Runs.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (number < Runs[middle].First)
            {
                high = middle - 1;
            }
            else if (number > Runs[middle].Last)
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The numbers of both.</summary>
    public NumberRanges Union(NumberRanges other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return other.IsEmpty ? this : IsEmpty ? other : Join(Runs.Concat(other.Runs).OrderBy(static run => run.First));
    }

    /// <summary>The numbers that are not those of another.</summary>
    public NumberRanges Except(NumberRanges other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (IsEmpty || other.IsEmpty)
        {
            return this;
        }

        var left = ImmutableArray.CreateBuilder<NumberRange>();
        var next = 0;
        foreach (var run in Runs)
        {
            var from = run.First;
            while (next < other.Runs.Length && other.Runs[next].Last < from)
            {
                next++;
            }

            for (var i = next; i < other.Runs.Length && other.Runs[i].First <= run.Last; i++)
            {
                AddUnlessEmpty(left, from, other.Runs[i].First - 1);
                from = other.Runs[i].Last + 1;
            }

            AddUnlessEmpty(left, from, run.Last);
        }

        return new(left.ToImmutable());
    }

    /// <summary>The numbers that both have.</summary>
    public NumberRanges Intersect(NumberRanges other) => Except(Except(other));

    /// <inheritdoc/>
    public bool Equals(NumberRanges? other) => other is not null && Runs.AsSpan().SequenceEqual(other.Runs.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as NumberRanges);

    /// <inheritdoc/>
    public override int GetHashCode() => Runs.Aggregate(0, static (hash, run) => HashCode.Combine(hash, run));

    /// <summary>Runs and single numbers, ascending, with blanks between them: <c>0-41 44</c>; empty where there is no number.</summary>
    public override string ToString() => string.Join(' ', Runs);

    private static void AddUnlessEmpty(ImmutableArray<NumberRange>.Builder runs, long first, long last)
    {
        if (first <= last)
        {
            runs.Add(new NumberRange(first, last));
        }
    }

    private static bool TryParseNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < long.MaxValue;

    private static NumberRanges Join(IEnumerable<NumberRange> ascending)
    {
        var joined = ImmutableArray.CreateBuilder<NumberRange>();
        foreach (var run in ascending)
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

        return new(joined.ToImmutable());
    }
}
