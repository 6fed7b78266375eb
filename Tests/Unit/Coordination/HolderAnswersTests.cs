using AllData.Coordination;
using AllData.Errors;
using AllData.Events;
using AllData.Peers;
using AllData.Protocol.Placement;

namespace AllData.Tests.Unit.Coordination;

/// <summary>What is said of a supplied key when too few peers have answered about it.</summary>
public sealed class HolderAnswersTests
{
    private static readonly EventKey Key = EventKey.Create(1, 1, 50_000);
    private static readonly ReplicaTarget Holder = new(0, PeerId.Parse("north-a"), new PeerLocation("north", "a"), PlacementTier.Any);

    private readonly HolderAnswers _answers = new([], [PeerId.Parse("west-c"), PeerId.Parse("east-e")], replicationFactor: 3);

    [Fact]
    public void Nothing_is_written_when_no_answer_names_a_copy()
    {
        var error = _answers.Inconclusive(Key, []);

        Assert.Equal(WrittenState.Nothing, error.Written);
        Assert.Contains("east-e, west-c did not answer, and at most 1 of the registered peers may be silent. This put wrote nothing. Retry", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Copies_that_an_earlier_attempt_left_are_named()
    {
        var error = _answers.Inconclusive(Key, [Holder]);

        Assert.Equal(WrittenState.SomeCopies, error.Written);
        Assert.Contains("This put wrote nothing; an earlier one left copies of the same event on north-a. Retry", error.Message, StringComparison.Ordinal);
    }
}
