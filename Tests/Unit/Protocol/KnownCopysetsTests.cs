using AllData.Protocol.Repair;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

/// <summary>The copysets that repair remembers.</summary>
public sealed class KnownCopysetsTests
{
    [Fact]
    public void What_is_known_is_kept_as_long_as_nothing_else_is_asked_for()
    {
        var known = new KnownCopysets();
        known.Add(Copysets(0, KnownCopysets.MostKept + 1));
        Assert.True(known.AreAllKnown([new(0), new(KnownCopysets.MostKept)]));
        Assert.True(known.TryGet(new(7), out var copyset));
        Assert.Same(copyset, known[new(7)]);
    }

    [Fact]
    public void When_others_come_and_it_is_too_much_all_are_forgotten()
    {
        var known = new KnownCopysets();
        known.Add(Copysets(0, KnownCopysets.MostKept));
        Assert.False(known.AreAllKnown([new(-1)]));
        Assert.True(known.TryGet(new(7), out _));

        known.Add(Copysets(KnownCopysets.MostKept, 1));
        Assert.False(known.AreAllKnown([new(-1)]));
        Assert.False(known.TryGet(new(7), out _));
    }

    private static IEnumerable<CopysetDefinition> Copysets(int first, int count) =>
        Enumerable.Range(first, count).Select(static n => new CopysetDefinition(new(n), [1, 2, 3], 3));
}
