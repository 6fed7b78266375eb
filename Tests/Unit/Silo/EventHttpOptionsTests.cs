using AllData.Configuration;
using AllData.Silo.Http;

namespace AllData.Tests.Unit.Silo;

public sealed class EventHttpOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.True(Validate(new EventHttpOptions()).Succeeded);

    public static TheoryData<string, string> Refused => new()
    {
        { nameof(EventHttpOptions.Address), "not an IP address" },
        { nameof(EventHttpOptions.Port), "65535" },
        { nameof(EventHttpOptions.AllowedOrigins), "is not a site" },
        { nameof(EventHttpOptions.MaxConnections), "at least 1" },
        { nameof(EventHttpOptions.MaxStreams), "at least 1" },
        { nameof(EventHttpOptions.MaxStreamsPerPrincipal), "at least 1" },
        { nameof(EventHttpOptions.BodyRateGrace), "more than 1 s" },
        { nameof(EventHttpOptions.MinBodyBytesPerSecond), "more than 0" },
        { nameof(EventHttpOptions.KeepAlive), "more than 0" },
        { nameof(EventHttpOptions.BodyTimeout), "more than 0" },
        { nameof(EventHttpOptions.MaxDeadline), "more than 0" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void An_option_that_cannot_work_is_refused_with_a_sentence_that_names_it(string option, string sentence)
    {
        var options = new EventHttpOptions();
        var property = typeof(EventHttpOptions).GetProperty(option)!;
        property.SetValue(options, property.PropertyType == typeof(string) ? "localhost"
            : property.PropertyType == typeof(TimeSpan) ? TimeSpan.Zero
            : Convert.ChangeType(-1, property.PropertyType, null));

        var result = Validate(options);

        Assert.Contains(result.Failures!, failure => failure.Contains($"AllData:Http:{option}") && failure.Contains(sentence));
    }

    [Theory]
    [InlineData(nameof(IngestOptions.BatchEvents))]
    [InlineData(nameof(IngestOptions.BatchBytes))]
    [InlineData(nameof(IngestOptions.Window))]
    [InlineData(nameof(IngestOptions.Pause))]
    [InlineData(nameof(IngestOptions.OverloadPatience))]
    [InlineData(nameof(IngestOptions.AnswerTimeout))]
    public void An_option_of_streams_that_cannot_work_is_refused_with_a_sentence_that_names_it(string option)
    {
        var options = new EventHttpOptions();
        var property = typeof(IngestOptions).GetProperty(option)!;
        property.SetValue(options.Ingest, property.PropertyType == typeof(TimeSpan) ? TimeSpan.Zero : 0);

        Assert.Contains(Validate(options).Failures!, failure => failure.StartsWith($"AllData:Http:Ingest:{option} is 0", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1_048_576, true)]
    [InlineData(1_048_575, false)]
    public void A_bound_of_waiting_bytes_below_one_event_is_refused_with_both_numbers(long waiting, bool isAccepted)
    {
        var http = Microsoft.Extensions.Options.Options.Create(new EventHttpOptions { MaxWaitingBytes = waiting });

        var result = new EventSizeValidator(http).Validate(null, new AllDataOptions());

        Assert.Equal(isAccepted, result.Succeeded);
        Assert.True(isAccepted || (result.FailureMessage!.Contains("1048575") && result.FailureMessage.Contains("1048576")));
    }

    private static Microsoft.Extensions.Options.ValidateOptionsResult Validate(EventHttpOptions options) =>
        new EventHttpOptionsValidator().Validate(null, options);
}
