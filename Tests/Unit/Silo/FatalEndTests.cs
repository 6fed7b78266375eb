using AllData.Silo.Hosting;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Silo;

public sealed class FatalEndTests
{
    [Theory]
    [InlineData("I have been told I am dead, so this silo will stop! Reason: Two votes.", null, "The other silos have declared this one dead, most likely")]
    [InlineData("FATAL", "I have been told I am dead, so this silo will stop! Reason: Two votes.", "The other silos have declared this one dead, most likely")]
    [InlineData("Agent", "The table\ncannot be read.", "The silo cannot go on and has ended; started again, it may: Agent The table cannot be read.")]
    public void A_silo_that_cannot_go_on_ends_with_one_sentence_and_the_code_for_another_try(string context, string? failure, string sentence)
    {
        var (errors, code) = (new StringWriter(), 0);
        new FatalEnd(errors, ended => code = ended).OnFatalException(this, context, failure is null ? null : new SiloUnavailableException(failure));

        Assert.Equal(75, code);
        Assert.StartsWith(sentence, errors.ToString(), StringComparison.Ordinal);
        Assert.Single(errors.ToString().Trim().Split('\n'));
    }
}
