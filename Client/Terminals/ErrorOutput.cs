using AllData.Errors;

namespace AllData.Client.Terminals;

/// <summary>A failure for machines.</summary>
/// <param name="Error">Its kind.</param>
/// <param name="Message">A sentence for people.</param>
/// <param name="Key">The event's key, once there is one.</param>
/// <param name="Written">What is known about the event, after a put.</param>
internal sealed record ErrorJson(string Error, string Message, string? Key = null, WrittenState? Written = null)
{
    private const string Suffix = nameof(Exception);

    public static ErrorJson Of(Exception failure)
    {
        var name = failure.GetType().Name;
        var kind = name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name;
        var put = failure as PutException;
        return new ErrorJson(kind, failure.Message, put?.Key?.ToString(), put?.Written);
    }
}

/// <summary>Says why a command failed.</summary>
internal static class ErrorOutput
{
    private const string Unwritten = "Nothing was written";

    /// <summary>Says it to people, and writes it for a machine when one listens.</summary>
    public static void Write(Terminal terminal, Exception failure, bool json)
    {
        terminal.Say(failure switch
        {
            PutException put => Describe(put),
            _ => IsOurs(failure) ? failure.Message : $"{failure.GetType().Name}: {FailureText.SentenceOf(failure)}",
        });
        if (json)
        {
            terminal.WriteJson(ErrorJson.Of(failure));
        }
    }

    /// <summary>What is known of a put that failed, and the way out.</summary>
    public static string Describe(PutException failure) =>
        failure.Written == WrittenState.Nothing && failure.Message.Contains(Unwritten, StringComparison.Ordinal)
            ? failure.Message
            : $"{failure.Message} {WayOut(failure)}";

    /// <summary>Whether its message was written for the user of this command; of others the kind is worth knowing.</summary>
    private static bool IsOurs(Exception failure) => failure.GetType().Namespace!.StartsWith(nameof(AllData), StringComparison.Ordinal);

    private static string WayOut(PutException failure) => (failure.Written, failure.Key) switch
    {
        (WrittenState.Nothing, _) => $"{Unwritten}.",
        (WrittenState.SomeCopies, { } key) => $"Some copies exist. Put it again with --key {key}: that completes them.",
        (_, { } key) => $"Whether it was written is not known. Put it again with --key {key}: that finds what is there.",
        _ => "Whether it was written is not known.",
    };
}
