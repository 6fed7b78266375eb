using AllData.Events;
using AllData.Protocol.Keys;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Protocol;

public sealed class KeyClaimsTests
{
    private const int Reserved = EventKey.FirstReservedSequence;

    private readonly KeyClaims _claims = new(generation: 4);

    [Fact]
    public void The_first_event_that_is_asked_about_has_the_key()
    {
        Assert.Null(Claim(1, "first"));
        Assert.Null(Claim(1, "first"));
        Assert.Equal(DigestOf(1, "first"), Claim(1, "second"));
    }

    [Fact]
    public void A_block_with_another_event_under_a_claimed_key_is_refused_given_or_fresh()
    {
        Claim(1, "first");

        Assert.False(_claims.TryEnter(TestBlocks.Given((Key(1), "second")), out var conflict));
        Assert.Equal(new KeyConflict(Key(1), DigestOf(1, "first"), DigestOf(1, "second")), conflict);
        Assert.False(_claims.TryEnter(TestBlocks.Of((Key(0), "x"), (Key(1), "second")), out _));
        Assert.True(_claims.TryEnter(TestBlocks.Of((Key(0), "x"), (Key(1), "first"), (Key(2), "y")), out _));
    }

    [Fact]
    public void What_is_on_its_way_to_the_disk_has_come_first()
    {
        var (fresh, given) = (TestBlocks.Of((Key(1), "fresh"), (Key(2), "other")), TestBlocks.Given((Key(3), "given")));
        Assert.True(_claims.TryEnter(fresh, out _));
        Assert.True(_claims.TryEnter(given, out _));

        Assert.Equal(DigestOf(1, "fresh"), Claim(1, "second"));
        Assert.Equal(DigestOf(3, "given"), Claim(3, "second"));
        Assert.Null(Claim(2, "other"));
    }

    [Fact]
    public void What_has_left_is_found_as_data_and_is_not_remembered_here()
    {
        var block = TestBlocks.Of((Key(1), "fresh"));
        Assert.True(_claims.TryEnter(block, out _));
        _claims.Leave(block);

        Assert.Null(Claim(1, "second"));
    }

    [Fact]
    public void Claims_are_forgotten_when_two_generations_have_followed()
    {
        for (var n = 0; n < 9; n++)
        {
            Claim(n, "first");
        }

        Assert.Null(Claim(0, "second"));
        Assert.NotNull(Claim(8, "second"));
    }

    private static EventKey Key(int n) => TestBlocks.Key(1, Reserved + n);

    private static EventDigest DigestOf(int n, string payload) => EventDigest.Of(Key(n), System.Text.Encoding.UTF8.GetBytes(payload));

    private EventDigest? Claim(int n, string payload) => _claims.Claim([new KeyDigest(Key(n), DigestOf(n, payload))])[0];
}
