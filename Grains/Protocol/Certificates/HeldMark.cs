using System.Collections.Immutable;
using System.Runtime.InteropServices;
using AllData.Certificates;
using AllData.Events;

namespace AllData.Protocol.Certificates;

/// <summary>
/// What the peers held of an interval when it was looked at last, a few digits for each: whether one of them holds something else now. A peer that does not
/// answer says nothing of it, and so nothing has changed.
/// </summary>
internal sealed class HeldMark : IEquatable<HeldMark>
{
    /// <summary>No peer held anything.</summary>
    public static readonly HeldMark Nothing = new(ImmutableSortedDictionary<int, string>.Empty);

    private const int Digits = 8;

    private readonly ImmutableSortedDictionary<int, string> _peers;

    private HeldMark(ImmutableSortedDictionary<int, string> peers) => _peers = peers;

    /// <summary>What peers hold.</summary>
    /// <param name="held">Those that have answered, by the ordinals of their directories, each with a text; empty: nothing.</param>
    public static HeldMark Of(IEnumerable<(int Ordinal, string Held)> held) => new(held.Where(static one => one.Held.Length > 0)
        .ToImmutableSortedDictionary(static one => one.Ordinal, static one => TreeHash.Of(MemoryMarshal.AsBytes(one.Held.AsSpan())).ToString()[..Digits]));

    /// <summary>Reads the text form. Any other text gives null.</summary>
    public static HeldMark? TryParse(string text)
    {
        var peers = ImmutableSortedDictionary.CreateBuilder<int, string>();
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (word.Split(':') is not [var ordinal, { Length: Digits } digits]
                || !WholeNumber.TryParse(ordinal, EventKey.MaxOrdinal, out int one))
            {
                return null;
            }

            peers[one] = digits;
        }

        return new HeldMark(peers.ToImmutable());
    }

    /// <summary>Whether a peer that has answered holds something else than before.</summary>
    /// <param name="now">What those hold now that have answered.</param>
    /// <param name="answered">Their ordinals.</param>
    public bool DiffersFrom(HeldMark now, IEnumerable<int> answered) =>
        answered.Any(ordinal => _peers.GetValueOrDefault(ordinal) != now._peers.GetValueOrDefault(ordinal));

    /// <summary>This, but of peers that have not answered everything what was known before: what they hold was not read.</summary>
    public HeldMark With(HeldMark before, IReadOnlyCollection<int> silent) => new(_peers.RemoveRange(silent).SetItems(
        silent.Where(before._peers.ContainsKey).Select(ordinal => KeyValuePair.Create(ordinal, before._peers[ordinal]))));

    /// <inheritdoc/>
    public bool Equals(HeldMark? other) => other is not null && _peers.SequenceEqual(other._peers);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as HeldMark);

    /// <inheritdoc/>
    public override int GetHashCode() => _peers.Count;

    /// <summary><c>1:0f3a2b1c 2:…</c>, ascending by ordinal.</summary>
    public override string ToString() => string.Join(' ', _peers.Select(static one => $"{one.Key}:{one.Value}"));
}
